// SPDX-License-Identifier: GPL-2.0-only
/*
 * witness DIRECTORY: lives as long as a test, sends frames and tells what arrives where. Commands
 * are lines on stdin:
 *
 *   watch NAMESPACE...      whose receptions are told from now on
 *   count NAMESPACE...      and whose counters
 *   send FROM/DEV FILE      frames (hex, a line each) to be sent out of a device of FROM
 *   go                      sends them in that order, waits until all has arrived, and answers
 *
 * The answer is a line, "done" or what is wrong. What has arrived is in the file "received" as
 * sorted "NAMESPACE HEX" lines; by how much nsaccel's counters went up is in "counted" as
 * "NAMESPACE HOOK REASON PACKETS" lines. Files are in DIRECTORY.
 *
 * witness -s FROM/DEV: sends what is on stdin, and that's all.
 *
 * It knows without a timeout when all has arrived. Forwarding happens in softirqs of the CPU that
 * the sender is pinned to, hop by hop through that CPU's backlog, which is first in, first out: a
 * frame that went through it by way of "lo" has pushed everything before it one hop further.
 *
 * What namespaces say of themselves (ARP, neighbour discovery, listener reports) isn't told. Of
 * ICMP errors that they make, what the kernel draws at random is zeroed: the IPv4 identification
 * (and with it the checksum) and the IPv6 flow label.
 *
 * Its sockets stay open, each namespace's until the namespace loses its name: so it keeps none
 * alive that a test has deleted.
 */
#include <err.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "maps/stats.h"
#include "tests/netns/witness.h"
#include "util/names.h"

#define MAX_BATCHES 16

/* Frames that are to be sent by one device. */
struct batch {
	char from[MAX_WORD], file[MAX_WORD];
};

static struct batch batches[MAX_BATCHES];
static size_t batch_count;

static const char *failure; /* of the commands since the last answer */

void witness_failed(const char *why)
{
	if (!failure)
		failure = why;
}

/* To the CPU that this runs on, and from it again. */
static void pin(bool to_one)
{
	static cpu_set_t all;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	if (to_one && sched_getaffinity(0, sizeof(all), &all))
		err(1, "CPUs");
	if (sched_setaffinity(0, sizeof(one), to_one ? &one : &all))
		err(1, "stay on a CPU");
}

/* Counters. */

static bool read_stats(const struct nsa_maps *maps, const struct space *s,
		       struct nsaccel_stats out[NSACCEL_HOOK_COUNT])
{
	for (int hook = 0; hook < NSACCEL_HOOK_COUNT; hook++)
		if (nsa_maps_stats(maps, s->cookie, (enum nsaccel_hook)hook, &out[hook]) < 0)
			return false;
	return true;
}

static void count_before(const struct nsa_maps *maps)
{
	for (struct space *s = witness_spaces; s < witness_spaces + witness_space_count; s++)
		s->known = s->counted && read_stats(maps, s, s->before);
}

/* A namespace that nsaccel got to know meanwhile has begun with zeros. */
static void print_counted(const struct nsa_maps *maps, struct space *s, FILE *out)
{
	struct nsaccel_counter before[NSACCEL_REASON_COUNT] = {}, now[NSACCEL_REASON_COUNT];
	struct nsaccel_stats after[NSACCEL_HOOK_COUNT];

	if (!s->counted || !read_stats(maps, s, after))
		return;
	for (int hook = 0; hook < NSACCEL_HOOK_COUNT; hook++) {
		memcpy(now, &after[hook], sizeof(now));
		if (s->known)
			memcpy(before, &s->before[hook], sizeof(before));
		for (int i = 0; i < NSACCEL_REASON_COUNT; i++)
			if (now[i].packets != before[i].packets)
				fprintf(out, "%s %s %s %lld\n", s->name,
					nsa_hook_name((enum nsaccel_hook)hook),
					nsa_reason_field((enum nsaccel_reason)i),
					(long long)(now[i].packets - before[i].packets));
	}
}

/* Commands. */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Lines of text, which is changed. */
static void write_sorted(char *text, const char *file)
{
	FILE *out = fopen(file, "we");
	size_t count = 0, room = 1;
	char **lines, *rest = text;

	for (const char *at = text; *at; at++)
		room += *at == '\n';
	lines = calloc(room, sizeof(*lines));
	if (!out || !lines)
		err(1, "%s", file);
	for (char *line; (line = strsep(&rest, "\n")) && *line;)
		lines[count++] = line;
	qsort(lines, count, sizeof(*lines), by_text);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s\n", lines[i]);
	free(lines);
	fclose(out);
}

static void send_batches(FILE *received)
{
	for (size_t i = 0; i < batch_count; i++) {
		FILE *frames = fopen(batches[i].file, "re");

		if (!frames) {
			witness_failed("no such file");
			continue;
		}
		witness_send(batches[i].from, frames, received);
		fclose(frames);
	}
	batch_count = 0;
}

static void each_watched(FILE *received)
{
	for (struct space *s = witness_spaces; s < witness_spaces + witness_space_count; s++)
		if (s->watched && s->fd >= 0)
			witness_drain(s, received);
}

static void go(void)
{
	struct nsa_maps *maps = NULL;
	char *text = NULL;
	size_t size;
	FILE *received = open_memstream(&text, &size), *counted = fopen("counted", "we");

	if (!received || !counted)
		err(1, "files");
	if (nsa_maps_open(&maps) < 0)
		maps = NULL;
	each_watched(NULL);
	if (maps)
		count_before(maps);
	pin(true);
	send_batches(received);
	pin(false);
	each_watched(received);
	for (struct space *s = witness_spaces; maps && s < witness_spaces + witness_space_count;
	     s++)
		print_counted(maps, s, counted);
	nsa_maps_close(maps);
	fclose(counted);
	fclose(received);
	write_sorted(text, "received");
	free(text);
	puts(failure ?: "done");
	failure = NULL;
}

/* watch and count: these, and no others any more. */
static void choose(bool watch, char *names)
{
	for (struct space *s = witness_spaces; s < witness_spaces + witness_space_count; s++)
		*(watch ? &s->watched : &s->counted) = false;
	for (char *name; (name = strsep(&names, " "));) {
		struct space *s = *name ? witness_space(name) : NULL;

		if (s)
			*(watch ? &s->watched : &s->counted) = true;
		else if (*name && watch)
			witness_failed("no such namespace");
	}
}

static void add_batch(const char *words)
{
	struct batch *batch = &batches[batch_count];

	if (batch_count < MAX_BATCHES &&
	    sscanf(words, "%159s %159s", batch->from, batch->file) == 2)
		batch_count++;
	else
		witness_failed("send?");
}

static void obey(char *line)
{
	char *words = line;
	const char *verb = strsep(&words, " ");

	if (!strcmp(verb, "go"))
		go();
	else if (!strcmp(verb, "watch") || !strcmp(verb, "count"))
		choose(*verb == 'w', words);
	else if (!strcmp(verb, "send") && words)
		add_batch(words);
	else
		witness_failed("what?");
}

static void serve(int inotify)
{
	struct pollfd events[] = { { .fd = STDIN_FILENO, .events = POLLIN },
				   { .fd = inotify, .events = POLLIN } };
	char *line = NULL;
	size_t size = 0;

	/* Unbuffered: what is in a buffer poll() doesn't see. */
	setvbuf(stdin, NULL, _IONBF, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (;;) {
		if (poll(events, 2, -1) < 0)
			err(1, "poll");
		witness_let_go(inotify);
		if (!events[0].revents)
			continue;
		if (getline(&line, &size, stdin) <= 0)
			break;
		line[strcspn(line, "\n")] = '\0';
		obey(line);
	}
	free(line);
}

static void open_lo(void)
{
	const struct timeval patience = { .tv_sec = 60 };
	struct sockaddr_ll addr = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };

	witness_lo = witness_packet_socket();
	addr.sll_ifindex = (int)if_nametoindex("lo");
	if (witness_lo < 0 || bind(witness_lo, (struct sockaddr *)&addr, sizeof(addr)) ||
	    setsockopt(witness_lo, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		err(1, "packet socket on lo");
}

int main(int argc, char **argv)
{
	if (argc < 2 || argc > 3 || (argc == 3 && strcmp(argv[1], "-s") != 0))
		errx(1, "usage: witness DIRECTORY | witness -s NAMESPACE/DEVICE");
	witness_home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (witness_home < 0)
		err(1, "/proc/self/ns/net");
	open_lo();
	if (argc == 3) {
		pin(true);
		witness_send(argv[2], stdin, NULL);
		if (failure)
			errx(1, "%s: %s", argv[2], failure);
		return 0;
	}
	/* The shell that reads its answers may be killed. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || chdir(argv[1]))
		err(1, "%s", argv[1]);
	serve(witness_watch_names());
	return 0;
}
