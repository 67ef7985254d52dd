// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/policy_text.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/log.h"
#include "util/parse.h"

#define NETNS "netns:"

static const struct {
	const char *name;
	__u8 proto;
	bool ports;
} protos[] = {
	{ "icmp", IPPROTO_ICMP, false },      { "icmpv6", IPPROTO_ICMPV6, false },
	{ "tcp", IPPROTO_TCP, true },	      { "udp", IPPROTO_UDP, true },
	{ "sctp", IPPROTO_SCTP, true },	      { "dccp", IPPROTO_DCCP, true },
	{ "udplite", IPPROTO_UDPLITE, true }, { "esp", IPPROTO_ESP, false },
	{ "ah", IPPROTO_AH, false },	      { "gre", IPPROTO_GRE, false },
};

#define PROTOS (sizeof(protos) / sizeof(*protos))

const char *nsa_rule_proto(__u8 proto, char buf[4])
{
	for (size_t i = 0; i < PROTOS; i++)
		if (protos[i].proto == proto)
			return protos[i].name;
	snprintf(buf, 4, "%u", proto);
	return buf;
}

bool nsa_rule_has_ports(__u8 proto)
{
	for (size_t i = 0; i < PROTOS; i++)
		if (protos[i].proto == proto)
			return protos[i].ports;
	return false;
}

static int wrong(struct nsa_rule_error *error, const char *token, const char *why)
{
	snprintf(error->token, sizeof(error->token), "%s", token);
	snprintf(error->why, sizeof(error->why), "%s", why);
	return -EINVAL;
}

/* Its end is put into *end. */
static int parse_number(const char *word, unsigned long max, unsigned long *out, char **end)
{
	if (*word < '0' || *word > '9')
		return -EINVAL;
	errno = 0;
	*out = strtoul(word, end, 10);
	return errno || *out > max ? -EINVAL : 0;
}

/* What begins with an address is meant as a prefix, though it may be a bad one. */
static bool is_address(const char *word)
{
	const char *slash = strchr(word, '/'), *why;
	enum nsaccel_family family;
	__u8 addr[NSACCEL_ADDR_LEN];
	char text[64];
	size_t len = slash ? (size_t)(slash - word) : strlen(word);

	if (len >= sizeof(text))
		return false;
	memcpy(text, word, len);
	text[len] = '\0';
	return !nsa_parse_addr(text, &family, addr, &why);
}

bool nsa_rule_is_ambiguous(const char *name)
{
	return is_address(name) || !strcmp(name, "default") || !strncmp(name, NETNS, strlen(NETNS));
}

static int parse_who(const char *word, const char **netns, struct nsaccel_prefix *prefix,
		     struct nsa_rule_error *error)
{
	const char *why = "";

	if (*netns || prefix->family)
		return wrong(error, word, "comes twice");
	if (!nsa_rule_is_ambiguous(word) || !strncmp(word, NETNS, strlen(NETNS))) {
		*netns = word + (strncmp(word, NETNS, strlen(NETNS)) ? 0 : strlen(NETNS));
		return **netns ? 0 : wrong(error, word, "is neither a prefix nor a namespace");
	}
	return nsa_parse_prefix(word, prefix, &why) ? wrong(error, word, why) : 0;
}

static int parse_from(const char *word, struct nsa_rule_words *out, struct nsa_rule_error *error)
{
	return parse_who(word, &out->from_netns, &out->rule.from, error);
}

static int parse_to(const char *word, struct nsa_rule_words *out, struct nsa_rule_error *error)
{
	return parse_who(word, &out->to_netns, &out->rule.to, error);
}

static int parse_proto(const char *word, struct nsa_rule_words *out, struct nsa_rule_error *error)
{
	unsigned long number;
	char *end;

	if (!out->rule.any_proto)
		return wrong(error, "proto", "comes twice");
	out->rule.any_proto = 0;
	for (size_t i = 0; i < PROTOS; i++) {
		if (strcmp(word, protos[i].name) != 0)
			continue;
		out->rule.proto = protos[i].proto;
		return 0;
	}
	if (parse_number(word, 255, &number, &end) || *end)
		return wrong(error, word, "is no protocol, like tcp or 0 to 255");
	out->rule.proto = (__u8)number;
	return 0;
}

static int parse_dport(const char *word, struct nsa_rule_words *out, struct nsa_rule_error *error)
{
	unsigned long low, high;
	char *end;

	if (!out->rule.any_port)
		return wrong(error, "dport", "comes twice");
	if (parse_number(word, 65535, &low, &end))
		return wrong(error, word, "is no port, or range of ports");
	high = low;
	if (*end == '-' && parse_number(end + 1, 65535, &high, &end))
		return wrong(error, word, "is no port, or range of ports");
	if (*end || low > high)
		return wrong(error, word, "is no port, or range of ports");
	out->rule.any_port = 0;
	out->rule.port_low = (__u16)low;
	out->rule.port_high = (__u16)high;
	return 0;
}

static int parse_pref(const char *word, struct nsa_rule_words *out, struct nsa_rule_error *error)
{
	unsigned long number;
	char *end;

	if (out->set_pref)
		return wrong(error, "pref", "comes twice");
	if (parse_number(word, 0xffffffff, &number, &end) || *end)
		return wrong(error, word, "is not 0 to 4294967295");
	out->set_pref = true;
	out->rule.pref = (__u32)number;
	return 0;
}

static const struct key {
	const char *word;
	int (*parse)(const char *word, struct nsa_rule_words *out, struct nsa_rule_error *error);
} keys[] = {
	{ "--from", parse_from }, { "--to", parse_to },	  { "proto", parse_proto },
	{ "dport", parse_dport }, { "pref", parse_pref },
};

static const struct key *find_key(const char *word)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (!strcmp(word, keys[i].word))
			return &keys[i];
	return NULL;
}

/* Does all of it go together? */
static int check(const struct nsa_rule_words *words, struct nsa_rule_error *error)
{
	const struct nsaccel_rule *rule = &words->rule;
	char buf[4];

	if (rule->from.family && rule->to.family && rule->from.family != rule->to.family)
		return wrong(error, "", "--from and --to are of different families");
	if (!rule->any_port && !rule->any_proto && !nsa_rule_has_ports(rule->proto))
		return wrong(error, nsa_rule_proto(rule->proto, buf), "has no ports");
	return 0;
}

static int parse_words(char *const *words, size_t count, struct nsa_rule_words *out, bool *verdict,
		       struct nsa_rule_error *error)
{
	int r = 0;

	for (size_t i = 0; !r && i < count; i++) {
		const struct key *key = find_key(words[i]);
		bool allow = !strcmp(words[i], "allow");

		if (allow || !strcmp(words[i], "deny")) {
			if (*verdict)
				return wrong(error, words[i], "comes after another verdict");
			*verdict = true;
			out->rule.verdict = allow ? NSACCEL_VERDICT_ALLOW : NSACCEL_VERDICT_DENY;
		} else if (!key) {
			return wrong(error, words[i], "is an unknown word");
		} else if (++i == count) {
			return wrong(error, key->word, "wants a value");
		} else {
			r = key->parse(words[i], out, error);
		}
	}
	return r;
}

int nsa_rule_parse(const char *from, const char *to, char *const *words, size_t count,
		   struct nsa_rule_words *out, struct nsa_rule_error *error)
{
	struct nsa_rule_words rule = { .rule = { .any_proto = 1, .any_port = 1 } };
	bool verdict = false;
	int r = 0;

	if (from)
		r = parse_from(from, &rule, error);
	if (!r && to)
		r = parse_to(to, &rule, error);
	if (!r)
		r = parse_words(words, count, &rule, &verdict, error);
	if (!r && !verdict)
		r = wrong(error, "", "allow or deny?");
	if (!r)
		r = check(&rule, error);
	if (!r)
		*out = rule;
	return r;
}

/* Files */

#define WORDS_MAX 16
#define READ_SIZE 65536

void nsa_rule_file_free(struct nsa_rule_file *file)
{
	free(file->text);
	free(file->rules);
}

static int parse_line(char *line, unsigned int number, struct nsa_rule_file *file,
		      struct nsa_rule_error *error)
{
	char *words[WORDS_MAX], *word, *rest;
	struct nsa_rule_words *rule;
	size_t count = 0;
	int r;

	error->line = number;
	line[strcspn(line, "#")] = '\0';
	for (word = strtok_r(line, " \t\r", &rest); word; word = strtok_r(NULL, " \t\r", &rest)) {
		if (count == WORDS_MAX)
			return wrong(error, word, "is a word too many");
		words[count++] = word;
	}
	if (!count)
		return 0;
	rule = ARRAY_ADD(file->rules, file->count, file->room);
	if (!rule)
		return -ENOMEM;
	r = nsa_rule_parse(NULL, NULL, words, count, rule, error);
	if (r < 0) {
		file->count--;
		return r;
	}
	rule->line = number;
	return 0;
}

int nsa_rule_parse_text(char *text, struct nsa_rule_file *out, struct nsa_rule_error *error)
{
	__cleanup(nsa_rule_file_free) struct nsa_rule_file file = { .text = text };
	unsigned int number = 1;
	int r = 0;

	for (char *line = text, *end; !r && line; line = end, number++) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		r = parse_line(line, number, &file, error);
	}
	if (r < 0)
		return r;
	*out = file;
	file = (struct nsa_rule_file){};
	return 0;
}

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

int nsa_rule_read(const char *path, struct nsa_rule_file *out, struct nsa_rule_error *error)
{
	bool input = !strcmp(path, "-");
	FILE *file = input ? stdin : fopen(path, "re");
	char *text;
	int r;

	if (!file)
		return nsa_err(-errno, "open %s: %s", path, strerror(errno));
	r = read_all(file, &text);
	if (!input)
		fclose(file);
	if (r < 0)
		return nsa_err(r, "read %s: %s", path, strerror(-r));
	return nsa_rule_parse_text(text, out, error);
}
