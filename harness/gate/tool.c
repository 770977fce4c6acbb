/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/cleanup.h"

/* A kernel module is a few MiB at most; what says more is not one of our tools. */
#define OUTPUT_MAX ((size_t)256 << 20)
#define NOT_FOUND  127

struct catch
{
	int fd;
	char *text;
	size_t len, room;
};

static _Noreturn void child(const char *const argv[], int out, int err)
{
	const char *path = getenv("PATH");
	char longer[4096];

	snprintf(longer, sizeof(longer), "%s:/usr/sbin:/sbin", path ? path : "/usr/bin:/bin");
	setenv("PATH", longer, 1);
	setenv("LC_ALL", "C", 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	execvp(argv[0], (char *const *)argv);
	_exit(errno == ENOENT ? NOT_FOUND : 126);
}

static int grow(struct catch *c)
{
	size_t room = c->room ? c->room * 2 : 65536;
	char *more;

	if (c->room - c->len > 4096)
		return 0;
	if (room > OUTPUT_MAX)
		return -EFBIG;
	more = realloc(c->text, room);
	if (!more)
		return -ENOMEM;
	c->text = more;
	c->room = room;
	return 0;
}

/* Returns 1 while there is more to come. */
static int take(struct catch *c)
{
	ssize_t n;
	int r = grow(c);

	if (r < 0)
		return r;
	n = read(c->fd, c->text + c->len, c->room - c->len - 1);
	if (n <= 0) {
		close_fd(&c->fd);
		return 0;
	}
	c->len += (size_t)n;
	c->text[c->len] = '\0';
	return 1;
}

static int read_both(struct catch c[2], int64_t deadline)
{
	while (c[0].fd >= 0 || c[1].fd >= 0) {
		struct pollfd p[2] = {{c[0].fd, POLLIN, 0}, {c[1].fd, POLLIN, 0}};
		int64_t left = deadline - mono_now().ns;

		if (left <= 0 || poll(p, 2, (int)(left / NSEC_PER_MSEC) + 1) == 0)
			return -ETIMEDOUT;
		for (int i = 0; i < 2; i++)
			if (p[i].revents) {
				int r = take(&c[i]);

				if (r < 0)
					return r;
			}
	}
	return 0;
}

/* The last line of a text, without its newline; changes the text. */
static const char *last_line(char *text)
{
	size_t n = text ? strlen(text) : 0;
	char *nl;

	while (n && text[n - 1] == '\n')
		text[--n] = '\0';
	nl = n ? strrchr(text, '\n') : NULL;
	return nl ? nl + 1 : n ? text : "it said nothing";
}

static int result(const char *name, int r, int status, char *said, struct err *err)
{
	if (r == -ETIMEDOUT)
		return err_set(err, r, "%s did not end in time", name);
	if (r < 0)
		return err_errno(err, r, "cannot read what %s says", name);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
		return err_set(err, -ENOENT, "no program %s", name);
	if (WIFSIGNALED(status))
		return err_set(err, -EIO, "%s was killed by signal %d", name, WTERMSIG(status));
	if (WEXITSTATUS(status))
		return err_set(err, -EIO, "%s failed: %s", name, last_line(said));
	return 0;
}

int tool_run(const char *const argv[], dur_t limit, char **ret, size_t *ret_len, struct err *err)
{
	_cleanup_free_ char *unused_out = NULL, *unused_err = NULL;
	int out[2], says[2], status = 0, r;
	struct catch c[2];
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(says, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "cannot make a pipe to %s", argv[0]);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		child(argv, out[1], says[1]);
	close(out[1]);
	close(says[1]);
	c[0] = (struct catch){.fd = out[0]};
	c[1] = (struct catch){.fd = says[0]};
	r = pid < 0 ? -errno : read_both(c, mono_now().ns + limit.ns);
	if (r < 0 && pid > 0)
		kill(pid, SIGKILL);
	if (pid > 0)
		waitpid(pid, &status, 0);
	close_fd(&c[0].fd);
	close_fd(&c[1].fd);
	unused_out = c[0].text;
	unused_err = c[1].text;
	r = result(argv[0], r, status, c[1].text, err);
	if (r == 0 && ret) {
		if (ret_len)
			*ret_len = c[0].len;
		*ret = unused_out ? take_ptr(unused_out) : strdup("");
	}
	return r;
}
