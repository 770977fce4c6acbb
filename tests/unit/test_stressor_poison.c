/* SPDX-License-Identifier: GPL-2.0-or-later */
/* poison without poison: what it holds, and that it does not run where a page would be lost. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "stressor_driver.h"

Test(poison, holds_what_it_says)
{
	const struct stressor *kind = stressor_find("poison");
	struct footprint fp = {0};
	struct sigaction before, now;
	struct driver *d;

	cr_assert_eq(sigaction(SIGBUS, NULL, &before), 0);
	d = driver_open("poison", OPTIONS("size", "64K", "step", "16K"));

	kind->footprint(d->opts, &fp);
	cr_assert_geq(fp.memory, 64 * KIB + page_size());
	cr_assert(kind->needs & NEED_WHOLE_MACHINE, "a page is lost to the machine");
	cr_assert(kind->needs & NEED_MEMORY_FAILURE);
	cr_assert_eq(sigaction(SIGBUS, NULL, &now), 0);
	cr_assert_neq(now.sa_sigaction, before.sa_sigaction);

	cr_assert_eq(driver_run(d, 4), STEP_MORE);
	cr_assert_eq(atomic_load(&d->page.bytes), 64 * KIB);
	cr_assert_eq(driver_counter(d, "poisoned"), 0);
	driver_release(d);
	cr_assert_eq(atomic_load(&d->page.bytes), 0);
	cr_assert_eq(atomic_load(&d->page.corrupt), 0);
	cr_assert_eq(sigaction(SIGBUS, NULL, &now), 0);
	cr_assert_eq(now.sa_sigaction, before.sa_sigaction);
	driver_free(d);
}
