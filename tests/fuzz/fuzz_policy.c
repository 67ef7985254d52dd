// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of rules: the text -> rules -> what programs go by. What is refused is so with a reason;
 * what is taken compiles, into something in which no index leads out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "user/model/policy_compile.h"
#include "user/model/policy_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void check_rule(const struct nsa_policy_words *words)
{
	const struct nsaccel_policy_rule *rule = &words->rule;

	require(words->line > 0);
	require(rule->any_port || rule->port_low <= rule->port_high);
	require(rule->from.prefixlen <= NSACCEL_PREFIX_FAMILY_BITS + 128);
	require(rule->to.prefixlen <= NSACCEL_PREFIX_FAMILY_BITS + 128);
	require(!words->from_netns || *words->from_netns);
	require(!words->to_netns || *words->to_netns);
}

static void check_policy(const struct nsa_policy *policy)
{
	require(policy->class_count >= NSACCEL_DIMENSION_COUNT);
	for (size_t i = 0; i < policy->value_count; i++)
		require(policy->values[i].class < policy->class_count);
	for (size_t i = 0; i < policy->prefix_count; i++) {
		require(policy->prefixes[i].class < policy->class_count);
		require(policy->prefixes[i].prefix.prefixlen <= NSACCEL_POLICY_STATIC_BITS + 128);
	}
	for (size_t i = 0; i < policy->class_count * policy->head->chunks; i++)
		*(volatile uint8_t *)&policy->sets[i];
}

/* The namespaces that they name get slots. */
static void compile(const struct nsa_policy_lines *file)
{
	struct nsa_policy_rule *rules = calloc(file->count ? file->count : 1, sizeof(*rules));
	struct nsa_policy *policy;
	int r;

	require(rules);
	for (size_t i = 0; i < file->count; i++) {
		rules[i].rule = file->rules[i].rule;
		rules[i].number = (__u32)i;
		rules[i].rule.from_cookie = file->rules[i].from_netns ? 100 + i % 4 : 0;
		rules[i].from_slot = file->rules[i].from_netns ? 1 + i % 4 : 0;
		rules[i].rule.to_cookie = file->rules[i].to_netns ? 100 + i % 3 : 0;
		rules[i].to_slot = file->rules[i].to_netns ? i % 3 : 0;
	}
	r = nsa_policy_compile(rules, file->count, &policy);
	require(!r || (r == -E2BIG && file->count > NSACCEL_MAX_RULES));
	if (!r) {
		check_policy(policy);
		nsa_policy_free(policy);
	}
	free(rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct nsa_policy_text_error error = {};
	struct nsa_policy_lines file = {};
	char *text = malloc(size + 1);
	int r;

	require(text);
	memcpy(text, input, size);
	text[size] = '\0';
	r = nsa_policy_text_parse_lines(text, &file, &error);
	if (r < 0) {
		require(strnlen(error.why, sizeof(error.why)) < sizeof(error.why));
		require(strnlen(error.token, sizeof(error.token)) < sizeof(error.token));
		require(r != -EINVAL || (*error.why && error.line));
		return 0;
	}
	for (size_t i = 0; i < file.count; i++)
		check_rule(&file.rules[i]);
	compile(&file);
	nsa_policy_lines_free(&file);
	return 0;
}
