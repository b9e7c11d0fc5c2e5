#define _GNU_SOURCE
#include "CLinuxProcess.h"
#include "CLinuxRootless.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int64_t rootless_user = -1;
static int64_t rootless_group = -1;

int64_t slipway_rootless_user(void) { return rootless_user; }
int64_t slipway_rootless_group(void) { return rootless_group; }

// The first line of a map: whom its first user is outside, and how many follow.
static int first_of_map(const char *path, unsigned *inside, unsigned *outside, unsigned *count) {
    FILE *file = fopen(path, "re");
    if (!file) return -1;
    int found = fscanf(file, "%u %u %u", inside, outside, count);
    fclose(file);
    if (found == 3) return 0;
    errno = EINVAL;
    return -1;
}

int slipway_rootless_entered(void) {
    unsigned inside, user, group, count;
    if (geteuid() != 0 || first_of_map("/proc/self/uid_map", &inside, &user, &count) < 0
        || inside != 0 || user == 0
        || first_of_map("/proc/self/gid_map", &inside, &group, &count) < 0) {
        errno = EINVAL;
        return -1;
    }
    rootless_user = user;
    rootless_group = group;
    return 0;
}

int slipway_sees_all_users(void) {
    // 0 for unknown, 1 for no, 2 for yes; no process leaves its user namespace again, and those who
    // enter one ask afterwards.
    static _Atomic int known = 0;
    if (known == 0) {
        unsigned inside, outside, count;
        int failed = first_of_map("/proc/self/uid_map", &inside, &outside, &count);
        known = failed || (inside == 0 && outside == 0 && count == 4294967295u) ? 2 : 1;
    }
    return known == 2;
}

// What the keeper says to whoever starts it: its pid, then how each step went.
struct word {
    int pid;
    int step;
    int error;
};

static const char *const steps[] = {
    "start a process", "make a user namespace", "become root in a user namespace",
    "make a mount namespace", "keep mounts to itself", "mount a file system in memory",
    "start this program again", "keep the namespaces", "join the namespaces of a container",
};

enum {
    STEP_FORK, STEP_USERS, STEP_ROOT, STEP_MOUNTS, STEP_PRIVATE, STEP_MEMORY, STEP_EXEC, STEP_KEEP,
    STEP_JOIN,
};

static void say(int control, int step, int error) {
    struct word word = {.pid = getpid(), .step = step, .error = error};
    (void)!write(control, &word, sizeof word);
}

static __attribute__((noreturn)) void fail(int control, int step) {
    say(control, step, errno ? errno : EIO);
    _exit(1);
}

static void keep(
    const char *folder, char *const arguments[], char *const environment[], int like,
    int control) {
    if (like >= 0) {
        if (setns(like, CLONE_NEWUSER | CLONE_NEWNS) < 0) fail(control, STEP_JOIN);
    } else if (unshare(CLONE_NEWUSER) < 0) {
        fail(control, STEP_USERS);
    }
    say(control, STEP_USERS, 0);
    char byte;
    if (read(control, &byte, 1) != 1) _exit(1);
    if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0) fail(control, STEP_ROOT);
    if (like < 0) {
        if (unshare(CLONE_NEWNS) < 0) fail(control, STEP_MOUNTS);
        // What the machine mounts later is seen here, and never the other way round.
        if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0) fail(control, STEP_PRIVATE);
        if (mount("slipway", folder, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0711") < 0) {
            fail(control, STEP_MEMORY);
        }
    }
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < 65; number++) {
        if (number != SIGKILL && number != SIGSTOP) sigaction(number, &standard, NULL);
    }
    int empty = open("/dev/null", O_RDWR);
    if (chdir("/") < 0 || empty < 0 || dup2(control, 3) < 0) fail(control, STEP_EXEC);
    for (int fd = 0; fd < 3; fd++) {
        if (dup2(empty, fd) < 0) fail(3, STEP_EXEC);
    }
    // The end that this program itself has, under its number or another, goes with `exec`.
    syscall(SYS_close_range, 4u, ~0u, 0);
    execve("/proc/self/exe", arguments, environment);
    fail(3, STEP_EXEC);
}

pid_t slipway_keeper_start(
    const char *folder, char *const arguments[], char *const environment[], int like,
    int *control) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) return -1;
    pid_t child = fork();
    if (child == 0) {
        // Nobody's child: it stays when this program ends, and whoever is first reaps it.
        setsid();
        pid_t keeper = fork();
        if (keeper < 0) fail(ends[1], STEP_FORK);
        if (keeper > 0) _exit(0);
        // Out of the way of 3, where it is awaited.
        int mine = fcntl(ends[1], F_DUPFD_CLOEXEC, 10);
        int other = like >= 0 ? fcntl(like, F_DUPFD_CLOEXEC, 10) : -1;
        close(ends[0]);
        if (mine < 0) fail(ends[1], STEP_FORK);
        keep(folder, arguments, environment, other, mine);
    }
    int saved = errno;
    close(ends[1]);
    struct word word;
    if (child > 0) {
        slipway_wait(child);
        ssize_t size = read(ends[0], &word, sizeof word);
        saved = size == (ssize_t)sizeof word ? word.error : EIO;
        if (saved == 0) {
            *control = ends[0];
            return word.pid;
        }
    }
    close(ends[0]);
    errno = saved;
    return -1;
}

int slipway_keeper_go(int control, const char **step) {
    *step = steps[STEP_KEEP];
    if (write(control, "m", 1) != 1) return -1;
    struct word word;
    ssize_t size = read(control, &word, sizeof word);
    if (size != (ssize_t)sizeof word) {
        errno = size < 0 ? errno : ECHILD;
        return -1;
    }
    if (word.error == 0) return 0;
    *step = steps[word.step >= 0 && word.step <= STEP_JOIN ? word.step : STEP_KEEP];
    errno = word.error;
    return -1;
}

int slipway_keeper_ready(void) {
    prctl(PR_SET_NAME, "slipway-keeper");
    say(3, STEP_KEEP, 0);
    return close(3);
}

pid_t slipway_record_holder(int fd) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    if (fcntl(fd, F_GETLK, &lock) < 0) return -1;
    return lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}

static int record(int fd, int byte, short type, int command) {
    struct flock lock = {
        .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    int result;
    do {
        result = fcntl(fd, command, &lock);
    } while (result < 0 && errno == EINTR);
    return result;
}

int slipway_record_lock(int fd, int byte, int wait) {
    return record(fd, byte, F_WRLCK, wait ? F_SETLKW : F_SETLK);
}

int slipway_record_unlock(int fd, int byte) { return record(fd, byte, F_UNLCK, F_SETLK); }

int slipway_join(int pidfd) {
    char *folder = getcwd(NULL, 0);
    if (setns(pidfd, CLONE_NEWUSER | CLONE_NEWNS) < 0) {
        int saved = errno;
        free(folder);
        errno = saved;
        return -1;
    }
    // The new mount namespace begins at its root; the folder has its name there too.
    if (folder) (void)!chdir(folder);
    free(folder);
    if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0) return -1;
    return slipway_rootless_entered();
}

static int write_line(const char *path, const char *line, size_t size) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t written = write(fd, line, size);
    int saved = errno;
    close(fd);
    errno = saved;
    return written == (ssize_t)size ? 0 : -1;
}

// Runs in a vforked child: only system calls, and memory of its own stack.
int slipway_become_user(void) {
    if (rootless_user < 0) return 0;
    char users[64], groups[64];
    int user_size = snprintf(users, sizeof users, "%u 0 1\n", (unsigned)rootless_user);
    int group_size = snprintf(groups, sizeof groups, "%u 0 1\n", (unsigned)rootless_group);
    if (unshare(CLONE_NEWUSER) < 0) return -1;
    if (write_line("/proc/self/setgroups", "deny", 4) < 0
        || write_line("/proc/self/uid_map", users, (size_t)user_size) < 0) {
        return -1;
    }
    return write_line("/proc/self/gid_map", groups, (size_t)group_size);
}
