/* SPDX-License-Identifier: GPL-2.0-only */
/* Times in microseconds, and their distribution as fields of a JSON object. */
#ifndef NSA_BENCH_SAMPLES_H
#define NSA_BENCH_SAMPLES_H

#include <err.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SAMPLES_MAX (16 << 20)

struct samples {
	float *us;
	size_t count;
};

static inline double samples_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec * 1e-3;
}

static inline void samples_init(struct samples *self)
{
	self->us = malloc(SAMPLES_MAX * sizeof(*self->us));
	self->count = 0;
	if (!self->us)
		err(1, "samples");
}

/* False: no more fit. */
static inline bool samples_add(struct samples *self, double us)
{
	self->us[self->count++] = (float)us;
	return self->count < SAMPLES_MAX;
}

static inline int samples_compare(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

/* Sorts them, prints one JSON object, and frees them. seconds: that they took
 * altogether. */
static inline void samples_print(struct samples *self, double seconds)
{
	const float *us = self->us;
	size_t n = self->count;

	qsort(self->us, n, sizeof(*self->us), samples_compare);
	printf("{\"count\":%zu,\"per_second\":%.0f,\"min_us\":%.2f,\"median_us\":%.2f,"
	       "\"p99_us\":%.2f,\"p999_us\":%.2f}\n",
	       n, (double)n / seconds, us[0], us[n / 2], us[n * 99 / 100], us[n * 999 / 1000]);
	free(self->us);
}

#endif
