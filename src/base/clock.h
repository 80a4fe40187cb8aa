/*
 * Time.  Expiry is decided by the database's clock (S283); these are for
 * timers, logs and event stamps only.
 */
#ifndef MOLTIS_BASE_CLOCK_H
#define MOLTIS_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_ms(void); /* epoch milliseconds */
int64_t clock_mono_ms(void); /* never goes back */

#endif
