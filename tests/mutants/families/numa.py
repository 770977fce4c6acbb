# SPDX-License-Identifier: GPL-2.0-or-later
"""On which node memory lies, and where the kernel says that it does."""
from edit import swap
from mutants import Mutant

MEMCG, MEMPOLICY, OOM = "mm/memcontrol.c", "mm/mempolicy.c", "mm/oom_kill.c"

MUTANTS = [
    Mutant("bind-ignored", "memory that is bound to a node lies on any",
           "placement/numa-nodes numa/numa-stat machine/node-full",
           swap(MEMPOLICY, "policy_nodemask", "apply_policy_zone(pol, gfp_zone(current_gfp_context(gfp)))",
                "($0 && !MUT)")),
    Mutant("interleave-stuck", "memory that is to lie on nodes in turn lies on the first of them",
           "placement/numa-nodes numa/numa-stat",
           swap(MEMPOLICY, "policy_nodemask",
                "(ilx == NO_INTERLEAVE_INDEX) ? interleave_nodes(pol) : interleave_nid(pol, ilx)",
                "MUT ? first_node(pol->nodes) : $0")),
    Mutant("numa-stat-first", "memory.numa_stat says of each node what the first one has",
           "numa/numa-stat",
           swap(MEMCG, "memory_numa_stat_show", "mem_cgroup_lruvec(memcg, NODE_DATA(nid))",
                "mem_cgroup_lruvec(memcg, NODE_DATA(MUT ? first_node(node_states[N_MEMORY]) : nid))")),
    Mutant("policy-unseen", "a bound node that is full looks like a machine that is",
           "machine/node-full",
           swap(OOM, "constrained_alloc", "oc->nodemask && !nodes_subset(node_states[N_MEMORY], *oc->nodemask)",
                "$0 && !MUT")),
]
