/* SPDX-License-Identifier: GPL-2.0-only */
/* All that nsaccel has made on the fake machine, as text, so that a test can compare two
 * moments. */
#ifndef NSA_TEST_FAKE_DUMP_H
#define NSA_TEST_FAKE_DUMP_H

/*
 * Sorted lines, which the caller frees: pins, attached programs, elements of maps, routes with
 * their next hops, settings of devices, and neighbours of other devices than attached ones that
 * nsaccel keeps fresh. Left out is whatever differs between two runs with the same outcome:
 * generations, counters, random marks, caches, and whether the kernel or nsaccel has to confirm a
 * neighbour.
 */
char *fake_dump(void);
/* Fails the test, with the lines that differ, unless both texts are equal. */
void fake_check_equal(const char *what, const char *expected, const char *now);
/* Fails the test unless fake_dump() says the same. */
void fake_check_state(const char *what, const char *expected);

#endif
