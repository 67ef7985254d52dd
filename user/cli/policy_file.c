// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "cli/policy_file.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/log.h"

#define READ_SIZE 65536

static int read_all(FILE *file, char **out)
{
	__cleanup(nsa_freep) char *text = NULL;
	size_t len = 0, room = 0, got;

	do {
		if (ARRAY_RESERVE(text, room, len + READ_SIZE + 1))
			return -ENOMEM;
		got = fread(text + len, 1, room - len - 1, file);
		len += got;
	} while (got);
	if (ferror(file))
		return -EIO;
	text[len] = '\0';
	if (strlen(text) != len)
		return -EBADMSG;
	*out = TAKE_PTR(text);
	return 0;
}

static int wrong(const char *path, const struct nsa_policy_text_error *error)
{
	if (*error->token)
		return nsa_usage("policy: %.80s, line %u: \"%s\" %s", path, error->line,
				 error->token, error->why);
	return nsa_usage("policy: %.80s, line %u: %s", path, error->line, error->why);
}

int nsa_policy_file_read(const char *path, struct nsa_policy_lines *out)
{
	bool input = !strcmp(path, "-");
	FILE *file = input ? stdin : fopen(path, "re");
	struct nsa_policy_text_error error = {};
	char *text;
	int r;

	if (!file)
		return nsa_err(-errno, "open %s: %s", path, strerror(errno));
	r = read_all(file, &text);
	if (!input)
		fclose(file);
	if (r < 0)
		return nsa_err(r, "read %s: %s", path, strerror(-r));
	r = nsa_policy_text_parse_lines(text, out, &error);
	if (r == -EINVAL)
		return wrong(path, &error);
	return r < 0 ? nsa_err(r, "read %s: %s", path, strerror(-r)) : 0;
}
