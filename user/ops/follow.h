/* SPDX-License-Identifier: GPL-2.0-only */
/* Having a daemon follow the changes of the kernel's state. */
#ifndef NSA_OPS_FOLLOW_H
#define NSA_OPS_FOLLOW_H

#include <stdbool.h>

/* After an attach: has a daemon run, by the service where systemd has it, else one of its own,
 * which ends when nothing is attached any more. Returns when it is ready. static_mode: none is
 * wanted, which is recorded. After nsa_pin_init(). 0 or -errno, logged. */
int nsa_follow(bool static_mode);

#endif
