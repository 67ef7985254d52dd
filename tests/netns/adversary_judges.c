// SPDX-License-Identifier: GPL-2.0-only
/* Judges: programs at devices, which count the frames that may arrive there, and those that may
 * not. */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/netns/adversary.h"
#include "tests/netns/enter.h"
#include "tests/netns/judge.h"
#include "judge.skel.h"

#define JUDGES 16

static struct {
	struct judge *skel;
	const char *where;
} judges[JUDGES];
static int judge_count;

/* Namespaces */

/* NAMESPACE/DEV -> enters it; the device's index. */
int adversary_enter(const char *where)
{
	char name[64];
	const char *dev = strchr(where, '/');
	int ifindex;

	if (!dev || dev - where >= (long)sizeof(name))
		errx(1, "\"%s\" is not NAMESPACE/DEV", where);
	snprintf(name, sizeof(name), "%.*s", (int)(dev - where), where);
	enter_netns(name);
	ifindex = (int)if_nametoindex(dev + 1);
	if (!ifindex)
		err(1, "%s", where);
	return ifindex;
}

void adversary_parse_mac(const char *word, __u8 *to)
{
	if (sscanf(word, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", to, to + 1, to + 2, to + 3, to + 4,
		   to + 5) != 6)
		errx(1, "\"%s\" is no MAC", word);
}

void adversary_parse_ip(int family, const char *word, void *to)
{
	if (!word || inet_pton(family, word, to) != 1)
		errx(1, "\"%s\" is no address", word ? word : "");
}

static void parse_rule(char *text, struct judge_config *config)
{
	char *rest, *rule = strtok_r(text, ";", &rest), *port;

	if (!rule || !strcmp(rule, "nothing"))
		return;
	if (!strcmp(rule, "tagged")) {
		config->rule = JUDGE_TAGGED;
		config->vlan = (__u16)atoi(strtok_r(NULL, ";", &rest));
		return;
	}
	config->rule = !strcmp(rule, "routed") ? JUDGE_ROUTED :
		       !strcmp(rule, "from")   ? JUDGE_FROM :
		       !strcmp(rule, "beside") ? JUDGE_BESIDE :
						 JUDGE_SPEAKS;
	adversary_parse_ip(AF_INET, strtok_r(NULL, ";", &rest), &config->src4);
	if (config->rule != JUDGE_ROUTED) {
		adversary_parse_ip(AF_INET6, strtok_r(NULL, ";", &rest), config->src6);
		return;
	}
	adversary_parse_ip(AF_INET, strtok_r(NULL, ";", &rest), &config->dst4);
	adversary_parse_ip(AF_INET, strtok_r(NULL, ";", &rest), &config->mask4);
	port = strtok_r(NULL, ";", &rest);
	config->port = port ? htons((__u16)atoi(port)) : 0;
}

/* NAMESPACE/DEV,FRIEND-MAC,RULE */
void adversary_add_judge(char *spec)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = (__u32)judge_count + 1,
		    .flags = BPF_TC_F_REPLACE);
	char *rest, *where = strtok_r(spec, ",", &rest), *mac = strtok_r(NULL, ",", &rest);
	struct judge_config config = {};
	struct judge *skel = judge__open();
	int r, tries = 100;

	if (!skel || !mac || judge_count == JUDGES)
		errx(1, "judge \"%s\"", spec);
	adversary_parse_mac(mac, config.friend_mac);
	memcpy(config.foe_mac, adversary_pool.mac[0], sizeof(config.foe_mac));
	parse_rule(strtok_r(NULL, ",", &rest), &config);
	memcpy((void *)&skel->rodata->judge, &config, sizeof(config));
	if (judge__load(skel))
		errx(1, "load the judge");
	hook.ifindex = adversary_enter(where);
	opts.prog_fd = bpf_program__fd(skel->progs.judge_tc);
	do { /* who forges netlink there answers libbpf, too */
		opts.prog_id = 0;
		r = bpf_tc_hook_create(&hook);
		if (!r || r == -EEXIST)
			r = bpf_tc_attach(&hook, &opts);
	} while (r && --tries);
	if (r)
		errx(1, "attach to %s: %s", where, strerror(-r));
	judges[judge_count].skel = skel;
	judges[judge_count++].where = where;
}

static __u64 count_of(struct judge *skel, __u32 what)
{
	int cpus = libbpf_num_possible_cpus();
	__u64 counts[cpus], sum = 0;

	if (bpf_map_lookup_elem(bpf_map__fd(skel->maps.judge_counts), &what, counts))
		err(1, "read counts");
	for (int i = 0; i < cpus; i++)
		sum += counts[i];
	return sum;
}

static bool report(int i)
{
	struct judge *skel = judges[i].skel;
	struct judge_sample sample = {};
	__u32 zero = 0;

	bpf_map_lookup_elem(bpf_map__fd(skel->maps.judge_sample), &zero, &sample);
	printf("{\"at\": \"%s\", \"allowed\": %llu, \"own\": %llu, \"leaked\": %llu",
	       judges[i].where, count_of(skel, JUDGE_ALLOWED), count_of(skel, JUDGE_OWN),
	       count_of(skel, JUDGE_LEAKED));
	if (sample.len) {
		printf(", \"first\": \"");
		for (__u32 at = 0; at < sample.len && at < JUDGE_SAMPLE; at++)
			printf("%02x", sample.data[at]);
		printf("\", \"vlan\": %u", sample.vlan);
	}
	printf("}\n");
	return sample.len;
}

bool adversary_report(void)
{
	bool leaked = false;

	for (int i = 0; i < judge_count; i++)
		leaked |= report(i);
	return leaked;
}
