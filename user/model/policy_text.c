// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/policy_text.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/names.h"
#include "util/parse.h"
#include "util/prefix.h"
#include "util/text.h"

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

const char *nsa_policy_text_proto(__u8 proto, char buf[4])
{
	for (size_t i = 0; i < PROTOS; i++)
		if (protos[i].proto == proto)
			return protos[i].name;
	snprintf(buf, 4, "%u", proto);
	return buf;
}

static bool has_ports(__u8 proto)
{
	for (size_t i = 0; i < PROTOS; i++)
		if (protos[i].proto == proto)
			return protos[i].ports;
	return false;
}

static int wrong(struct nsa_policy_text_error *error, const char *token, const char *why)
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

/* Would the word be taken for something else than a namespace, unless it is marked as one? */
static bool is_ambiguous(const char *name)
{
	return is_address(name) || !strcmp(name, "default") || !strncmp(name, NETNS, strlen(NETNS));
}

static int parse_who(const char *word, const char **netns, struct nsaccel_prefix *prefix,
		     struct nsa_policy_text_error *error)
{
	const char *why = "";

	if (*netns || prefix->family)
		return wrong(error, word, "comes twice");
	if (!is_ambiguous(word) || !strncmp(word, NETNS, strlen(NETNS))) {
		*netns = word + (strncmp(word, NETNS, strlen(NETNS)) ? 0 : strlen(NETNS));
		return **netns ? 0 : wrong(error, word, "is neither a prefix nor a namespace");
	}
	return nsa_parse_prefix(word, prefix, &why) ? wrong(error, word, why) : 0;
}

static int parse_from(const char *word, struct nsa_policy_words *out,
		      struct nsa_policy_text_error *error)
{
	return parse_who(word, &out->from_netns, &out->rule.from, error);
}

static int parse_to(const char *word, struct nsa_policy_words *out,
		    struct nsa_policy_text_error *error)
{
	return parse_who(word, &out->to_netns, &out->rule.to, error);
}

static int parse_proto(const char *word, struct nsa_policy_words *out,
		       struct nsa_policy_text_error *error)
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

static int parse_dport(const char *word, struct nsa_policy_words *out,
		       struct nsa_policy_text_error *error)
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

static int parse_pref(const char *word, struct nsa_policy_words *out,
		      struct nsa_policy_text_error *error)
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
	int (*parse)(const char *word, struct nsa_policy_words *out,
		     struct nsa_policy_text_error *error);
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
static int check(const struct nsa_policy_words *words, struct nsa_policy_text_error *error)
{
	const struct nsaccel_policy_rule *rule = &words->rule;
	char buf[4];

	if (rule->from.family && rule->to.family && rule->from.family != rule->to.family)
		return wrong(error, "", "--from and --to are of different families");
	if (!rule->any_port && !rule->any_proto && !has_ports(rule->proto))
		return wrong(error, nsa_policy_text_proto(rule->proto, buf), "has no ports");
	return 0;
}

static int parse_words(char *const *words, size_t count, struct nsa_policy_words *out,
		       bool *verdict, struct nsa_policy_text_error *error)
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

int nsa_policy_text_parse(const char *from, const char *to, char *const *words, size_t count,
			  struct nsa_policy_words *out, struct nsa_policy_text_error *error)
{
	struct nsa_policy_words rule = { .rule = { .any_proto = 1, .any_port = 1 } };
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

/* Lines */

#define WORDS_MAX 16
#define READ_SIZE 65536

void nsa_policy_lines_free(struct nsa_policy_lines *lines)
{
	free(lines->text);
	free(lines->rules);
}

static int parse_line(char *line, unsigned int number, struct nsa_policy_lines *file,
		      struct nsa_policy_text_error *error)
{
	char *words[WORDS_MAX], *word, *rest;
	struct nsa_policy_words *rule;
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
	r = nsa_policy_text_parse(NULL, NULL, words, count, rule, error);
	if (r < 0) {
		file->count--;
		return r;
	}
	rule->line = number;
	return 0;
}

int nsa_policy_text_parse_lines(char *text, struct nsa_policy_lines *out,
				struct nsa_policy_text_error *error)
{
	__cleanup(nsa_policy_lines_free) struct nsa_policy_lines file = { .text = text };
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
	file = (struct nsa_policy_lines){};
	return 0;
}

/* Text */

/* Adds to the text at *end; false: it is full. */
__attribute__((format(printf, 3, 4))) static bool add(char **at, const char *end,
						      const char *format, ...)
{
	size_t room = (size_t)(end - *at);
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(*at, room, format, args);
	va_end(args);
	if (length < 0 || (size_t)length >= room)
		return false;
	*at += length;
	return true;
}

/* Adds the namespace, "pid N" by its number, or the prefix; nothing for anybody. */
static bool add_who(char **at, const char *end, const char *key, const char *netns,
		    const struct nsaccel_prefix *prefix)
{
	char text[NSA_TEXT_PREFIX];

	if (netns && !strncmp(netns, "pid ", 4))
		return add(at, end, "%s " NETNS "%s ", key, netns + 4);
	if (netns)
		return add(at, end, "%s %s%s ", key, is_ambiguous(netns) ? NETNS : "", netns);
	if (!prefix->family)
		return true;
	return add(at, end, "%s %s ", key,
		   nsa_text_prefix(prefix->family, prefix->addr, nsa_prefix_len(prefix), text));
}

static bool add_dport(char **at, const char *end, const struct nsaccel_policy_rule *rule)
{
	if (rule->any_port)
		return true;
	return rule->port_low == rule->port_high ?
		       add(at, end, "dport %u ", rule->port_low) :
		       add(at, end, "dport %u-%u ", rule->port_low, rule->port_high);
}

/* Words are separated by white space, and # begins a comment. */
static bool is_word(const char *netns)
{
	return *netns && (!strncmp(netns, "pid ", 4) || !strpbrk(netns, " \t\r\n#"));
}

int nsa_policy_text_format(const struct nsaccel_policy_rule *rule, const char *from, const char *to,
			   char *text, size_t size)
{
	const char *end = text + size;
	char buf[4];

	if ((from && !is_word(from)) || (to && !is_word(to)))
		return -ENOENT;
	if (add_who(&text, end, "--from", from, &rule->from) &&
	    add_who(&text, end, "--to", to, &rule->to) &&
	    (rule->any_proto ||
	     add(&text, end, "proto %s ", nsa_policy_text_proto(rule->proto, buf))) &&
	    add_dport(&text, end, rule) &&
	    add(&text, end, "pref %u %s", rule->pref, nsa_verdict_name(rule->verdict)))
		return 0;
	return -ENAMETOOLONG;
}
