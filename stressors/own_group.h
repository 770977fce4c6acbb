/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory group that this process is in, as a directory; for stressors that make groups. */
#ifndef MT_STRESSOR_OWN_GROUP_H
#define MT_STRESSOR_OWN_GROUP_H

/* A descriptor of the directory at its usual mount, or -ENOENT. */
int own_group_open(void);

#endif
