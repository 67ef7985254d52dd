/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls of the fakes: they are counted, and a test may tell one of them to fail. */
#ifndef NSA_TEST_FAKE_FAIL_H
#define NSA_TEST_FAKE_FAIL_H

#include <stdbool.h>

/*
 * Counts a call. object: the id of what it is about, 0 if the function alone says that. 0, or the
 * -errno with which the test wants it to fail. Of a loop of calls of one function about one object,
 * only the first three are counted as calls of any function: a walk through a map repeats itself.
 */
int fake_call(const char *function, unsigned int object);

/* Called before each call, for tests of the order; NULL: nobody is. */
extern void (*fake_on_call)(const char *function, unsigned int object);

/* The first line of a fake that returns 0 or -errno: a call that is to fail changes nothing. */
#define FAKE_CALL() FAKE_CALL_OF(0)
#define FAKE_CALL_OF(object)                                                                       \
	do {                                                                                       \
		int failure_ = fake_call(__func__, (object));                                      \
		if (failure_)                                                                      \
			return failure_;                                                           \
	} while (0)

/* From now on: counts from 0 again, and no call fails. */
void fake_fail_never(void);
/* The nth call of the function from now on fails, 1 being the next; function NULL: of any. */
void fake_fail(const char *function, unsigned int nth, int error);
/* So does each one after it. */
void fake_fail_from(const char *function, unsigned int nth, int error);

/* The function whose call has failed; NULL: none has. */
const char *fake_failed(void);
/* Calls of the function, or of any (NULL), since the last of the functions above. */
unsigned int fake_calls(const char *function);

#endif
