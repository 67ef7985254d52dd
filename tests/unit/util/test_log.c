// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/util/log.c: messages as text and as JSON. */
#include <bpf/libbpf.h>
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox.h"
#include "user/util/log.h"
#include "user/util/utf8.h"

/* What a stream got since capture(). */
struct capture {
	FILE *stream;
	int saved, file;
};

static struct capture capture(FILE *stream)
{
	struct capture c = { stream, dup(fileno(stream)), memfd_create("capture", MFD_CLOEXEC) };

	assert_true(c.saved >= 0 && c.file >= 0);
	fflush(stream);
	assert_true(dup2(c.file, fileno(stream)) >= 0);
	return c;
}

static const char *captured(struct capture *c)
{
	static char text[4096];
	ssize_t len;

	fflush(c->stream);
	assert_true(dup2(c->saved, fileno(c->stream)) >= 0);
	len = pread(c->file, text, sizeof(text) - 1, 0);
	assert_true(len >= 0);
	text[len] = '\0';
	close(c->saved);
	close(c->file);
	return text;
}

static void test_text(void **state)
{
	struct capture err, out;

	(void)state;
	nsa_log_init(false, false);
	assert_null(nsa_log_error());
	err = capture(stderr);
	assert_int_equal(nsa_err(-ENOENT, "open %s: %s", "x", strerror(ENOENT)), -ENOENT);
	nsa_warn("%d is odd", 3);
	nsa_debug("not shown");
	assert_string_equal(captured(&err), "nsaccel: open x: No such file or directory\n"
					    "nsaccel: warning: 3 is odd\n");
	assert_string_equal(nsa_log_error(), "open x: No such file or directory");

	out = capture(stdout);
	assert_int_equal(nsa_log_flush_json_error(), 0);
	assert_string_equal(captured(&out), "");
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* As of a device that is renamed between two tries. */
static void test_no_flood(void **state)
{
	struct capture err;
	const char *text;

	(void)state;
	nsa_log_init(false, false);
	err = capture(stderr);
	for (int i = 0; i < 500; i++)
		for (int again = 0; again < 2; again++)
			nsa_err(-EPERM, "prepare eth%d", i);
	text = captured(&err);
	assert_int_equal(count_lines(text), 65);
	assert_non_null(strstr(text, "until these are mended\n"));
	assert_string_equal(nsa_log_error(), "prepare eth0");

	nsa_log_forget();
	err = capture(stderr);
	nsa_err(-EPERM, "prepare eth499");
	assert_string_equal(captured(&err), "nsaccel: prepare eth499\n");
	nsa_log_init(false, false);
}

static void test_debug(void **state)
{
	struct capture err;

	(void)state;
	nsa_log_init(false, true);
	err = capture(stderr);
	nsa_debug("%s", "shown");
	assert_string_equal(captured(&err), "nsaccel: debug: shown\n");
}

/* A line of a log is nothing without its time; the journal has that. */
static void test_time(void **state)
{
	const char *form = "####-##-##T##:##:##.###Z nsaccel: ready\n", *text;
	struct capture err;
	char stream[64];
	struct stat st;

	(void)state;
	nsa_log_init(false, false);
	unsetenv("JOURNAL_STREAM");
	err = capture(stderr);
	nsa_log_stamp();
	nsa_info("ready");
	text = captured(&err);
	assert_int_equal(strlen(text), strlen(form));
	for (size_t i = 0; form[i]; i++)
		assert_true(form[i] == '#' ? isdigit(text[i]) : text[i] == form[i]);

	/* Of somebody else's stream: another's. */
	err = capture(stderr);
	setenv("JOURNAL_STREAM", "1:2", 1);
	nsa_log_stamp();
	nsa_info("ready");
	assert_int_equal(strlen(captured(&err)), strlen(form));

	err = capture(stderr);
	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	nsa_log_stamp();
	nsa_info("ready");
	assert_string_equal(captured(&err), "nsaccel: ready\n");
	unsetenv("JOURNAL_STREAM");
	nsa_log_init(false, false);
}

static void test_json(void **state)
{
	struct capture err, out;

	(void)state;
	nsa_log_init(true, false);
	err = capture(stderr);
	out = capture(stdout);
	assert_int_equal(nsa_err(-EPERM, "\"quoted\" \\ and\nsplit \xc3\xa9"), -EPERM);
	assert_int_equal(nsa_err(-EPERM, "of undoing"), -EPERM);
	assert_int_equal(nsa_log_flush_json_error(), 0);
	/* Once. */
	assert_int_equal(nsa_log_flush_json_error(), 0);
	assert_null(nsa_log_error());
	assert_string_equal(captured(&out),
			    "{\"error\": \"\\\"quoted\\\" \\\\ and\\nsplit \xc3\xa9\"}\n");
	assert_string_equal(captured(&err), "");

	/* Warnings are no part of the output. */
	err = capture(stderr);
	nsa_warn("careful");
	assert_string_equal(captured(&err), "nsaccel: warning: careful\n");
}

static void test_json_of_any_bytes(void **state)
{
	struct capture out;
	char bytes[256];
	json_t *object;
	int i;

	(void)state;
	for (i = 0; i < 255; i++)
		bytes[i] = i + 1;
	bytes[255] = '\0';
	nsa_log_init(true, false);
	nsa_err(-EINVAL, "%s", bytes);
	out = capture(stdout);
	assert_int_equal(nsa_log_flush_json_error(), 0);
	object = json_loads(captured(&out), 0, NULL);
	assert_non_null(object);
	assert_int_equal(json_string_length(json_object_get(object, "error")), 255);
	json_decref(object);
}

static void test_json_to_nowhere(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	int saved = dup(STDOUT_FILENO), r;

	(void)state;
	assert_non_null(full);
	nsa_log_init(true, false);
	nsa_err(-EINVAL, "lost");
	fflush(stdout);
	dup2(fileno(full), STDOUT_FILENO);
	r = nsa_log_flush_json_error();
	dup2(saved, STDOUT_FILENO);
	clearerr(stdout);
	close(saved);
	fclose(full);
	assert_int_equal(r, -EIO);
}

static void test_libraries(void **state)
{
	struct capture err;
	const char *text;

	(void)state;
	nsa_log_capture_libs();
	nsa_log_init(false, false);
	err = capture(stderr);
	assert_null(bpf_object__open("/nsa-none"));
	assert_string_equal(captured(&err), "");

	nsa_log_init(false, true);
	err = capture(stderr);
	assert_null(bpf_object__open("/nsa-none"));
	text = captured(&err);
	assert_non_null(strstr(text, "libbpf: "));
	assert_non_null(strstr(text, "/nsa-none"));
}

static void test_utf8_clean(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "", "" },
		{ "plain text\n\t", "plain text\n\t" },
		{ "\x01\x1b[31m\x7f\r", "??[31m??" },
		{ "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7",
		  "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7" },
		{ "\xff\xfe\x80", "???" },
		{ "\xc3", "?" }, /* ends too early */
		{ "\xe2\x82", "??" },
		{ "\xf0\x9f\x90x", "???x" },
		{ "\xc0\xaf", "??" },		 /* overlong */
		{ "\xed\xa0\x80", "???" },	 /* surrogate */
		{ "\xf4\x90\x80\x80", "????" },	 /* above U+10FFFF */
		{ "\xc3\xc3\xa9", "?\xc3\xa9" }, /* in step again at once */
	};
	char text[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "%s", cases[i].in);
		nsa_utf8_clean(text);
		assert_string_equal(text, cases[i].out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_no_flood),
		cmocka_unit_test(test_debug),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_of_any_bytes),
		cmocka_unit_test(test_json_to_nowhere),
		cmocka_unit_test(test_libraries),
		cmocka_unit_test(test_utf8_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
