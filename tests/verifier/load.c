// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads one program of a BPF object and prints how many instructions the verifier went through, or
 * why it refused. usage: load OBJECT PROGRAM [VARIABLE=VALUE...]         the variables are the
 * object's constants
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_STATS 4 /* BPF_LOG_STATS */
#define LOG_SIZE  (1 << 20)

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static const struct btf_var_secinfo *find_constant(const struct btf *btf, const char *name,
						   size_t len)
{
	const struct btf_type *section = btf__type_by_id(
		btf, (__u32)btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC));
	const struct btf_var_secinfo *info = section ? btf_var_secinfos(section) : NULL;
	const char *found;

	for (__u32 i = 0; info && i < btf_vlen(section); i++) {
		found = btf__name_by_offset(btf, btf__type_by_id(btf, info[i].type)->name_off);
		if (strlen(found) == len && !strncmp(found, name, len))
			return &info[i];
	}
	return NULL;
}

/* assignment: VARIABLE=VALUE, a number. */
static int set_constant(struct bpf_object *object, const char *assignment)
{
	size_t len = strcspn(assignment, "="), size;
	const struct btf_var_secinfo *info =
		find_constant(bpf_object__btf(object), assignment, len);
	unsigned long long value;
	struct bpf_map *map;
	char *data = NULL;

	if (!info || !assignment[len] || info->size > sizeof(value))
		return -ENOENT;
	value = strtoull(assignment + len + 1, NULL, 0);
	bpf_object__for_each_map(map, object)
		if (strstr(bpf_map__name(map), ".rodata"))
			data = (char *)bpf_map__initial_value(map, &size);
	if (!data || info->offset + info->size > size)
		return -ENOENT;
	memcpy(data + info->offset, &value, info->size); /* little-endian, as BPF objects here */
	return 0;
}

static void load_only(struct bpf_object *object, const struct bpf_program *wanted)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, object)
		bpf_program__set_autoload(prog, prog == wanted);
}

static int measure(struct bpf_object *object, const char *name)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(object, name);
	char *log = calloc(1, LOG_SIZE), *processed;
	int r = -ENOENT;

	if (prog && log) {
		load_only(object, prog);
		bpf_program__set_log_buf(prog, log, LOG_SIZE);
		bpf_program__set_log_level(prog, LOG_STATS);
		r = bpf_object__load(object);
		processed = strstr(log, "processed ");
		if (!r && processed)
			printf("%lu\n", strtoul(processed + strlen("processed "), NULL, 10));
		else
			fprintf(stderr, "%s: %s\n%s\n", name, strerror(-r), log);
	}
	free(log);
	return r;
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	int r = 0;

	if (argc < 3) {
		fprintf(stderr, "usage: %s OBJECT PROGRAM [VARIABLE=VALUE...]\n", argv[0]);
		return EXIT_FAILURE;
	}
	libbpf_set_print(quiet);
	object = bpf_object__open_file(argv[1], NULL);
	if (!object) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return EXIT_FAILURE;
	}
	for (int i = 3; i < argc && !r; i++) {
		r = set_constant(object, argv[i]);
		if (r)
			fprintf(stderr, "no constant for %s\n", argv[i]);
	}
	if (!r)
		r = measure(object, argv[2]);
	bpf_object__close(object);
	return r ? EXIT_FAILURE : EXIT_SUCCESS;
}
