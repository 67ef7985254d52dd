// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sums the stack frames of each program's chains of calls as the verifier of Linux 6.1 does: every
 * frame rounded up to 32 bytes, 512 in all. Later kernels round to 16, so that a program which they
 * load may be refused there.
 * usage: stack OBJECT		prints a line "BYTES PROGRAM(FRAME) > FUNCTION(FRAME) ..." per
 *				program: its deepest chain
 */
#include <elf.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INSN_SIZE	sizeof(struct bpf_insn)
#define FRAME_UNIT	32
#define MAX_FUNCTIONS	1024
#define MAX_CALL_FRAMES 8 /* the kernel's limit */
#define FRAME_POINTER	BPF_REG_10

struct function {
	const char *name;
	const char *section; /* its name, for programs */
	const struct bpf_insn *insns;
	size_t shndx, start, len; /* instructions, from the section's start */
	unsigned int frame;
	unsigned int depth;	     /* of the deepest chain from here; 0: not known yet */
	const struct function *next; /* there */
};

static struct function functions[MAX_FUNCTIONS];
static size_t n_functions;
static Elf *elf;
static size_t names; /* the section with the sections' names */
static Elf_Data *symbols;
static size_t strings;

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

static Elf_Data *section_data(size_t shndx)
{
	Elf_Data *data = elf_getdata(elf_getscn(elf, shndx), NULL);

	if (!data)
		die("section %zu: %s", shndx, elf_errmsg(-1));
	return data;
}

static void add_function(const GElf_Sym *sym)
{
	struct function *function = &functions[n_functions++];
	GElf_Shdr header;

	if (n_functions == MAX_FUNCTIONS)
		die("more than %d functions", MAX_FUNCTIONS);
	gelf_getshdr(elf_getscn(elf, sym->st_shndx), &header);
	*function = (struct function){
		.name = elf_strptr(elf, strings, sym->st_name),
		.section = elf_strptr(elf, names, header.sh_name),
		.insns = (const struct bpf_insn *)section_data(sym->st_shndx)->d_buf,
		.shndx = sym->st_shndx,
		.start = sym->st_value / INSN_SIZE,
		.len = sym->st_size / INSN_SIZE,
	};
}

static void find_functions(void)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr header;
	GElf_Sym sym;

	while ((scn = elf_nextscn(elf, scn))) {
		gelf_getshdr(scn, &header);
		if (header.sh_type != SHT_SYMTAB)
			continue;
		symbols = elf_getdata(scn, NULL);
		strings = header.sh_link;
	}
	if (!symbols)
		die("no symbols");
	for (int i = 0; gelf_getsym(symbols, i, &sym); i++)
		if (GELF_ST_TYPE(sym.st_info) == STT_FUNC)
			add_function(&sym);
}

/* The function that an instruction of a section belongs to. */
static struct function *function_at(size_t shndx, size_t insn)
{
	for (size_t i = 0; i < n_functions; i++) {
		struct function *function = &functions[i];

		if (function->shndx == shndx && insn >= function->start &&
		    insn < function->start + function->len)
			return function;
	}
	die("section %zu, instruction %zu: no function there", shndx, insn);
}

static bool is_frame_pointer_copy(const struct bpf_insn *insn)
{
	return insn->code == (BPF_ALU64 | BPF_MOV | BPF_X) && insn->src_reg == FRAME_POINTER;
}

/* writes_register: what an instruction leaves in dst_reg isn't what was there. */
static bool writes_register(const struct bpf_insn *insn)
{
	unsigned int class = BPF_CLASS(insn->code);

	return class == BPF_ALU || class == BPF_ALU64 || class == BPF_LD || class == BPF_LDX;
}

/* How far below the frame pointer an instruction reaches; is_copy: which registers are copies of
 * it. */
static int depth_of(const struct bpf_insn *insn, const bool *is_copy)
{
	unsigned int class = BPF_CLASS(insn->code);

	if (class == BPF_LDX && insn->src_reg == FRAME_POINTER)
		return -insn->off;
	if ((class == BPF_ST || class == BPF_STX) && insn->dst_reg == FRAME_POINTER)
		return -insn->off;
	if (insn->code == (BPF_ALU64 | BPF_ADD | BPF_K) && is_copy[insn->dst_reg])
		return -insn->imm;
	return 0;
}

static void measure_frame(struct function *function)
{
	bool is_copy[16] = {}; /* dst_reg has four bits */

	for (size_t i = 0; i < function->len; i++) {
		const struct bpf_insn *insn = &function->insns[function->start + i];
		int depth = depth_of(insn, is_copy);

		if (depth > (int)function->frame)
			function->frame = (unsigned int)depth;
		if (is_frame_pointer_copy(insn))
			is_copy[insn->dst_reg] = true;
		else if (writes_register(insn))
			is_copy[insn->dst_reg] = false;
	}
}

/* The relocation of an instruction. */
static bool find_relocation(size_t shndx, size_t insn, GElf_Sym *sym)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr header;
	GElf_Rel rel;

	while ((scn = elf_nextscn(elf, scn))) {
		gelf_getshdr(scn, &header);
		if (header.sh_type != SHT_REL || header.sh_info != shndx)
			continue;
		for (int i = 0; gelf_getrel(elf_getdata(scn, NULL), i, &rel); i++)
			if (rel.r_offset == insn * INSN_SIZE)
				return gelf_getsym(symbols, (int)GELF_R_SYM(rel.r_info), sym);
	}
	return false;
}

static bool is_code(size_t shndx)
{
	GElf_Shdr header;

	return gelf_getshdr(elf_getscn(elf, shndx), &header) && header.sh_flags & SHF_EXECINSTR;
}

/* The function that an instruction calls, or hands to a helper as its callback; NULL: none. */
static struct function *callee(const struct function *function, size_t at)
{
	const struct bpf_insn *insn = &function->insns[at];
	bool call = insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL;
	bool address = insn->code == (BPF_LD | BPF_IMM | BPF_DW);
	GElf_Sym sym;

	if (call && !find_relocation(function->shndx, at, &sym))
		return function_at(function->shndx, (size_t)((long)at + 1 + insn->imm));
	if (call && sym.st_shndx == SHN_UNDEF)
		return NULL; /* the kernel's */
	if (call)
		return function_at(sym.st_shndx,
				   sym.st_value / INSN_SIZE + (size_t)(insn->imm + 1));
	if (address && find_relocation(function->shndx, at, &sym) && is_code(sym.st_shndx))
		return function_at(sym.st_shndx, (sym.st_value + (size_t)insn->imm) / INSN_SIZE);
	return NULL;
}

/* deepest: finds each function's deepest chain once, and keeps it. */
static void deepest(struct function *function, int level)
{
	if (function->depth)
		return;
	if (level == MAX_CALL_FRAMES)
		die("%s: more than %d calls deep", function->name, MAX_CALL_FRAMES);
	for (size_t i = 0; i < function->len; i++) {
		struct function *called = callee(function, function->start + i);

		if (!called)
			continue;
		deepest(called, level + 1);
		if (!function->next || called->depth > function->next->depth)
			function->next = called;
	}
	/* One without a frame counts, too. */
	function->depth = (function->frame ? function->frame + FRAME_UNIT - 1 : FRAME_UNIT) /
			  FRAME_UNIT * FRAME_UNIT;
	if (function->next)
		function->depth += function->next->depth;
}

static void print_chain(const struct function *function)
{
	printf("%u %s(%u)", function->depth, function->name, function->frame);
	while ((function = function->next))
		printf(" > %s(%u)", function->name, function->frame);
	putchar('\n');
}

int main(int argc, char **argv)
{
	int fd;

	if (argc != 2)
		die("usage: %s OBJECT", argv[0]);
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	elf_version(EV_CURRENT);
	elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL);
	if (!elf || elf_getshdrstrndx(elf, &names))
		die("%s: can't be read as ELF", argv[1]);
	find_functions();
	for (size_t i = 0; i < n_functions; i++)
		measure_frame(&functions[i]);
	for (size_t i = 0; i < n_functions; i++)
		deepest(&functions[i], 0);
	/* Programs have sections of their own; what is in .text is called by them. */
	for (size_t i = 0; i < n_functions; i++)
		if (strcmp(functions[i].section, ".text"))
			print_chain(&functions[i]);
	return EXIT_SUCCESS;
}
