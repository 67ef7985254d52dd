// SPDX-License-Identifier: GPL-2.0-only
/* Runs the command nsaccel within the test, and captures its output. */
#include <err.h>
#include <jansson.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "command_line.h"
#include "sandbox.h"
#include "user/cli/commands.h"

struct stream {
	FILE *stream;
	int saved, file;
	char text[262144]; /* -d: libbpf says a lot */
};

static struct stream out, err_out;

static void stream_open(struct stream *s, FILE *stream)
{
	s->stream = stream;
	s->file = memfd_create("stream", MFD_CLOEXEC);
	if (s->file < 0)
		err(1, "memfd_create");
}

static void stream_start(struct stream *s)
{
	fflush(s->stream);
	assert_true(!ftruncate(s->file, 0) && !lseek(s->file, 0, SEEK_SET));
	s->saved = dup(fileno(s->stream));
	assert_true(s->saved >= 0 && dup2(s->file, fileno(s->stream)) >= 0);
}

static void stream_stop(struct stream *s)
{
	ssize_t len;

	fflush(s->stream);
	assert_true(dup2(s->saved, fileno(s->stream)) >= 0);
	close(s->saved);
	len = pread(s->file, s->text, sizeof(s->text) - 1, 0);
	assert_true(len >= 0);
	s->text[len] = '\0';
}

int run(const char *const *words)
{
	char *argv[MAX_WORDS + 2] = { (char *)"nsaccel" };
	int argc, code;

	for (argc = 1; words[argc - 1]; argc++)
		argv[argc] = (char *)words[argc - 1];
	stream_start(&out);
	stream_start(&err_out);
	code = nsa_main(argc, argv);
	stream_stop(&out);
	stream_stop(&err_out);
	return code;
}

const char *command_out(void)
{
	return out.text;
}

const char *command_err(void)
{
	return err_out.text;
}

const char *line(const char *const *words)
{
	static char text[4096];
	size_t len = 0;

	text[0] = '\0';
	for (; *words && len < sizeof(text); words++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, " '%s'", *words);
	return text;
}

bool is_json_error(const char *text, char *says, size_t size)
{
	json_t *value = json_loads(text, 0, NULL);
	const char *error = json_string_value(json_object_get(value, "error"));
	bool ok = error && *error && json_object_size(value) == 1;

	if (ok)
		snprintf(says, size, "%s", error);
	json_decref(value);
	return ok;
}

/* Without CAP_SYS_PTRACE the kernel keeps us out of /proc/PID/ns and /proc/PID/root of processes
 * outside: no command line reaches the machine's own namespaces. */
static void stay_inside(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data))
		err(1, "capget");
	data[0].effective &= ~(1U << CAP_SYS_PTRACE);
	data[0].permitted &= ~(1U << CAP_SYS_PTRACE);
	if (syscall(SYS_capset, &header, data))
		err(1, "capset");
}

void command_line_enter(void)
{
	sandbox_enter();
	if (mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL))
		err(1, "mount bpffs");
	stay_inside();
	stream_open(&out, stdout);
	stream_open(&err_out, stderr);
}
