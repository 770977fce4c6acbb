/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "load.h"

#define WARM_MOST (2 * GIB)

/* In a child, which dies with it all: huge pages where there are such, which is quick. */
static _Noreturn void take(size_t size)
{
	char *map;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		_exit(1);
	(void)madvise(map, size, MADV_HUGEPAGE);
	for (size_t i = 0; i < size; i += 4096)
		((volatile char *)map)[i] = 1;
	_exit(0);
}

void warm_memory(const struct run_of *run)
{
	pid_t pid;

	if (run->b->quick)
		return;
	pid = fork();
	if (pid == 0)
		take((size_t)MIN(run->limit, WARM_MOST));
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
