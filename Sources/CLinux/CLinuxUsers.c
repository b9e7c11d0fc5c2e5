#define _GNU_SOURCE
#include "CLinuxUsers.h"
#include "CLinuxWalk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MOUNT_ATTR_IDMAP
#define MOUNT_ATTR_IDMAP 0x00100000
#endif
#ifndef MOUNT_ATTR_NOSUID
#define MOUNT_ATTR_NOSUID 0x00000002
#define MOUNT_ATTR_NODEV 0x00000004
#endif
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef OPEN_TREE_CLOEXEC
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 0x00000004
#endif

struct mapping_attributes {
    uint64_t set, clear, propagation, user_namespace;
};

// As fork(2). The child makes system calls alone: other threads of this process are not in it.
static pid_t start_in(int namespaces) {
    return (pid_t)syscall(SYS_clone, namespaces | SIGCHLD, 0, 0, 0, 0);
}

static int end_child(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return -1;
    }
    return status;
}

// The numbers that this process has itself, each as it is: a line for each of its own map, since
// none may span two of those.
static int same_map(const char *name, char *map, size_t size) {
    char path[64], line[128];
    snprintf(path, sizeof path, "/proc/self/%s", name);
    FILE *file = fopen(path, "re");
    if (!file) return -1;
    int length = 0;
    unsigned inside, outside, count;
    while ((size_t)length < size && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%u %u %u", &inside, &outside, &count) != 3) continue;
        length += snprintf(
            map + length, size - (size_t)length, "%u %u %u\n", inside, inside, count);
    }
    fclose(file);
    if ((size_t)length < size) return length;
    errno = E2BIG;
    return -1;
}

static int write_map(pid_t child, const char *name, unsigned first, unsigned count) {
    // The kernel takes less than a page.
    char path[64], map[4096];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)child, name);
    int length = first == 0
        ? same_map(name, map, sizeof map)
        : snprintf(map, sizeof map, "0 %u %u\n", first, count);
    if (length < 0) return -1;
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    int result = write(fd, map, (size_t)length) == length ? 0 : -1;
    int saved = errno;
    close(fd);
    errno = saved;
    return result;
}

pid_t slipway_start_with_users(int namespaces, unsigned first, unsigned count) {
    pid_t parent = getpid();
    pid_t child = start_in(CLONE_NEWUSER | namespaces);
    if (child < 0) return -1;
    if (child == 0) {
        // It is there to be looked at, and goes with the thread that made it.
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        // Nor does it hold the locks of a process that is killed just now.
        syscall(SYS_close_range, 0u, ~0u, 0u);
        if (getppid() == parent) {
            for (;;) pause();
        }
        _exit(0);
    }
    if (write_map(child, "uid_map", first, count) == 0
        && write_map(child, "gid_map", first, count) == 0) {
        return child;
    }
    int saved = errno;
    slipway_end_with_users(child);
    errno = saved;
    return -1;
}

void slipway_end_with_users(pid_t child) {
    kill(child, SIGKILL);
    end_child(child);
}

int slipway_user_namespace(unsigned first, unsigned count) {
    pid_t child = slipway_start_with_users(0, first, count);
    if (child < 0) return -1;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/user", (int)child);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int saved = errno;
    slipway_end_with_users(child);
    errno = saved;
    return fd;
}

int slipway_probe_users(const char *target) {
    pid_t child = start_in(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID);
    if (child < 0) return -1;
    if (child == 0) {
        if (mount("proc", target, "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL) < 0) {
            _exit(errno > 0 && errno < 256 ? errno : 255);
        }
        _exit(0);
    }
    int status = end_child(child);
    if (status == 0) return 0;
    errno = status > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
    return -1;
}

int slipway_bind_mapped(const char *source, const char *target, int user_namespace) {
    int tree = (int)syscall(
        SYS_open_tree, AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (tree < 0) return -1;
    struct mapping_attributes attributes = {
        .set = MOUNT_ATTR_IDMAP | MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
        .user_namespace = (uint64_t)user_namespace};
    int result = (int)syscall(
        SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes);
    if (result == 0) {
        result = (int)syscall(
            SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH);
    }
    int saved = errno;
    close(tree);
    errno = saved;
    return result == 0 ? 0 : -1;
}

#define NOBODY 65534

struct shift {
    unsigned from, to, count;
};

static unsigned shifted(const struct shift *shift, unsigned id) {
    if (id >= shift->to && id - shift->to < shift->count) return id;
    if (id >= shift->from && id - shift->from < shift->count) return id - shift->from + shift->to;
    return shift->to + NOBODY;
}

// Of the file that was looked at, whatever has its name by now: a link is not followed.
static int set_mode(int fd, const char *name, const struct stat *seen) {
    int file = openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0) return errno == ENOENT ? 0 : -1;
    struct stat info;
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    int result = fstat(file, &info);
    if (result == 0 && info.st_ino == seen->st_ino && info.st_dev == seen->st_dev) {
        result = chmod(path, seen->st_mode & 07777);
    }
    int saved = errno;
    close(file);
    errno = saved;
    return result;
}

static int shift_name(void *context, int fd, const char *name, unsigned char type) {
    const struct shift *shift = context;
    struct stat info;
    if (fstatat(fd, name, &info, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) < 0) {
        return errno == ENOENT ? 0 : -1;
    }
    unsigned user = shifted(shift, info.st_uid), group = shifted(shift, info.st_gid);
    int is_folder = S_ISDIR(info.st_mode);
    if (user == info.st_uid && group == info.st_gid) return is_folder;
    if (fchownat(fd, name, user, group, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) < 0) {
        return errno == ENOENT ? 0 : -1;
    }
    // A change of owner takes the bits that lend an identity.
    if (S_ISREG(info.st_mode) && (info.st_mode & (S_ISUID | S_ISGID)) && *name) {
        return set_mode(fd, name, &info);
    }
    return is_folder;
}

int slipway_shift_tree(const char *path, unsigned from, unsigned to, unsigned count) {
    struct shift shift = {.from = from, .to = to, .count = count};
    int top = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (top < 0) return -1;
    struct slipway_visitor visitor = {.meet = shift_name, .context = &shift};
    int result = slipway_walk_again(top, &visitor);
    // The folder itself comes last: it tells that all of it was done.
    if (result == 0) result = shift_name(&shift, top, "", DT_DIR);
    int saved = errno;
    close(top);
    errno = saved;
    return result < 0 ? -1 : 0;
}
