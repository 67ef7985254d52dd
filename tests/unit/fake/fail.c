// SPDX-License-Identifier: GPL-2.0-only
/* Calls of the fakes: they are counted, and a test may tell one of them to fail. */
#include <string.h>

#include "sandbox.h"
#include "fake/fail.h"

#define FUNCTIONS	256 /* more than there are fakes */
#define COUNTED_OF_LOOP 3

static struct {
	const char *function; /* that is to fail; NULL: any */
	unsigned int nth;     /* 0: never */
	bool lasting;
	int error;
	const char *failed;
} plan;

static struct {
	const char *function;
	unsigned int calls;
} counts[FUNCTIONS];

static struct {
	const char *function;
	unsigned int object, streak;
} last;

static unsigned int total;
void (*fake_on_call)(const char *function, unsigned int object);

static unsigned int *count_of(const char *function)
{
	size_t i = 0;

	if (!function)
		return &total;
	while (i < FUNCTIONS - 1 && counts[i].function && strcmp(counts[i].function, function) != 0)
		i++;
	counts[i].function = function;
	return &counts[i].calls;
}

static bool is_loop(const char *function, unsigned int object)
{
	bool same = last.function && !strcmp(last.function, function) && last.object == object;

	last.streak = same ? last.streak + 1 : 0;
	last.function = function;
	last.object = object;
	return last.streak >= COUNTED_OF_LOOP;
}

int fake_call(const char *function, unsigned int object)
{
	bool counted = !is_loop(function, object);
	unsigned int n;

	if (fake_on_call)
		fake_on_call(function, object);
	total += counted;
	++*count_of(function);
	n = *count_of(plan.function);
	if (!plan.nth || (plan.function ? strcmp(plan.function, function) != 0 : !counted) ||
	    (plan.lasting ? n < plan.nth : n != plan.nth))
		return 0;
	plan.failed = plan.failed ? plan.failed : function;
	return plan.error;
}

void fake_fail_never(void)
{
	memset(&plan, 0, sizeof(plan));
	memset(counts, 0, sizeof(counts));
	memset(&last, 0, sizeof(last));
	total = 0;
}

void fake_fail(const char *function, unsigned int nth, int error)
{
	assert_true(nth && error < 0);
	fake_fail_never();
	plan.function = function;
	plan.nth = nth;
	plan.error = error;
}

void fake_fail_from(const char *function, unsigned int nth, int error)
{
	fake_fail(function, nth, error);
	plan.lasting = true;
}

const char *fake_failed(void)
{
	return plan.failed;
}

unsigned int fake_calls(const char *function)
{
	return *count_of(function);
}
