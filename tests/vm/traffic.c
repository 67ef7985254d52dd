// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traffic between two namespaces, in one process: in an emulated machine every
 * exec is dear. Ping until there is an answer, then TCP with a payload that both
 * ends know, there and back, every byte compared; or the same for as long as
 * it is wanted, and to a virtual service; or datagrams, to see whether something
 * on the way drops those to one of the ports.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/vm/traffic.h"

#define EXIT_OTHER 3

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: traffic exchange FROM-NETNS FROM-ADDRESS TO-NETNS TO-ADDRESS\n"
	      "       traffic arrives FROM-NETNS FROM-ADDRESS TO-NETNS TO-ADDRESS\n"
	      "       traffic filtered FROM-NETNS FROM-ADDRESS TO-NETNS TO-ADDRESS PORT\n"
	      "       traffic stream FROM-NETNS FROM-ADDRESS TO-NETNS TO-ADDRESS PROGRESS-FILE\n"
	      "       traffic service FROM-NETNS FROM-ADDRESS TO-NETNS TO-ADDRESS PORT ADDRESS\n"
	      "arrives: 0: a datagram does; 3: none.\n"
	      "filtered: 0: the UDP port is, and the one after it isn't; 3: neither is.\n"
	      "stream: until SIGTERM; the file has the number of chunks that came back.\n"
	      "service: to the address and port of a virtual service.\n",
	      stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	struct end from, to, virtual;

	if (argc < 6)
		usage();
	from = traffic_parse_end(argv[2], argv[3]);
	to = traffic_parse_end(argv[4], argv[5]);
	if (!strcmp(argv[1], "exchange") && argc == 6) {
		traffic_ping(&from, &to);
		traffic_tcp(&from, &to);
	} else if (!strcmp(argv[1], "arrives") && argc == 6) {
		return traffic_arrives(&from, &to) ? EXIT_SUCCESS : EXIT_OTHER;
	} else if (!strcmp(argv[1], "filtered") && argc == 7) {
		return traffic_heard(&from, &to, (uint16_t)atoi(argv[6])) ? EXIT_OTHER :
									    EXIT_SUCCESS;
	} else if (!strcmp(argv[1], "stream") && argc == 7) {
		traffic_stream(&from, &to, argv[6]);
	} else if (!strcmp(argv[1], "service") && argc == 8) {
		virtual = traffic_parse_end(argv[4], argv[7]);
		traffic_service(&from, &to, (uint16_t)atoi(argv[6]), &virtual.address);
	} else {
		usage();
	}
	return EXIT_SUCCESS;
}
