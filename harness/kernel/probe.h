/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this kernel and machine can do: facts for people and for the plan, and for each need of
 * base/need.h whether it is met, or a sentence why not. Reads files only and changes nothing; on
 * this machine (not on a captured one) it also asks io_uring_setup(2) whether it is there.
 */
#ifndef MT_KERNEL_PROBE_H
#define MT_KERNEL_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/need.h"
#include "kernel/roots.h"

enum cgroup_mode {
	CGROUP_MODE_NONE,
	CGROUP_MODE_V1,	    /* only v1 hierarchies are mounted */
	CGROUP_MODE_V2,	    /* only v2 */
	CGROUP_MODE_HYBRID, /* both; where the memory controller is says memcg_version */
};

#define WHY_MAX 200
/* Where trials make their files without --scratch. */
#define SCRATCH_DEFAULT "/var/tmp"

struct machine {
	bool fake; /* a captured machine */

	/* the kernel */
	char release[80], version[160], arch[24];
	char config_source[128]; /* "/proc/config.gz"; "" when the config cannot be read */
	char cmdline[1024];
	int64_t taint; /* /proc/sys/kernel/tainted, -1 when not known */

	/* CPUs and memory; bytes */
	char cpu_model[96];
	int cpus_online, cpus_possible;
	bool virtual_machine;
	bool page_reporting; /* free memory is reported to the host, and not free meanwhile */
	int64_t page_size;
	int64_t mem_total, mem_available, mem_free; /* VALUE_ABSENT when not known */
	int64_t swap_total, swap_free;
	int nodes;	      /* NUMA nodes with memory */
	int large_zones;      /* zones with more than a 16th of it; 0: not known */
	char thp[16];	      /* "always", "madvise", "never"; "" without THP */
	bool mglru, zswap;    /* switched on */
	char zswap_words[80]; /* "zstd, max 20 %" when it is on */

	/* cgroups; paths as seen from the root directory, "" when there is none */
	enum cgroup_mode cgroup;
	int memcg_version;     /* 1, 2; 0: no memory controller that can be used */
	char memcg_mount[256]; /* mount of the hierarchy with the memory controller */
	char memcg_own[256];   /* this process's group, relative to that mount; "/" is the mount */
	char memcg_base[512];  /* directory in which groups can be made */
	char cgroup2_mount[256]; /* whatever its controllers */
	char freezer_mount[256]; /* v1; on v2 every group has cgroup.freeze */
	char controllers[256];	 /* v2: those of memcg_base; v1: those mounted */
	int64_t base_limit;	 /* least memory.max of memcg_base and above, VALUE_MAX: none */
	int64_t base_swap_limit; /* least memory.swap.max (v2 only), VALUE_MAX: none */

	/* cgroup2 is mounted with memory_recursiveprot */
	bool recursive_protection;

	/* who else is here, and who we are */
	char container[160]; /* evidence of a container, "" when there is none */
	char damon[96]; /* a DAMON scheme that pages out memory: "kdamond 0: pageout"; "" for none
			 */
	char oom_daemons[160]; /* "systemd-oomd (412), earlyoom (500)" */
	int euid;
	uint64_t caps;		 /* effective */
	char tracefs_mount[256]; /* "" when not mounted */
	char debugfs_mount[256];

	needs_t has;
	char why_not[NEED_COUNT][WHY_MAX]; /* "" where the machine has it */
};

/*
 * Answer every question. A file that is missing is an answer, not an error. Returns 0, or -ENOMEM.
 * Not while watching: it allocates.
 */
int probe_machine(const struct roots *roots, struct machine *ret, struct err *err);

/* What is free and available now. */
void probe_free(const struct roots *roots, struct machine *m);
/* The limits anew, when memcg_base is another one. */
void probe_base_limits(const struct roots *roots, struct machine *m);
/* NEED_DISK anew, when files are made in another directory. */
void probe_scratch(struct machine *m, const char *dir);

/* "none", "v1", "v2", "hybrid" */
const char *cgroup_mode_word(enum cgroup_mode mode);

#endif
