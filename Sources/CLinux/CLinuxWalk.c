#define _GNU_SOURCE
#include "CLinuxWalk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// A job can make a hundred thousand levels, and must not use up the descriptors of all. The lowest
// levels stay open; a higher one is opened anew, by "..", when all below it is done.
#define HELD 32

// Of so many levels it is known which folder that was, and how far it was read. Who is above those
// is looked up when the walk comes back to it.
#define KNOWN 8192

struct held {
    // NULL: not open.
    DIR *folder;
    // What was read last, and the place before it.
    char name[NAME_MAX + 1];
    long before;
    // How often the walk came back from that name.
    unsigned times;
};

struct known {
    uint64_t level;
    dev_t device;
    ino_t number;
    long before;
    unsigned times;
};

struct walk {
    const struct slipway_visitor *visitor;
    // Of the folder that is read; the top's is 0.
    uint64_t level;
    dev_t top_device;
    ino_t top_number;
    struct held held[HELD];
    // NULL until a level is let go: few trees are that deep.
    struct known *known;
};

static struct held *held_at(struct walk *walk, uint64_t level) {
    return &walk->held[level % HELD];
}

// A folder in a folder: no link, and no other mount.
static int open_here(int fd, const char *name, unsigned flags) {
    struct open_how how = {
        .flags = flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_NO_XDEV};
    int opened;
    do {
        opened = (int)syscall(SYS_openat2, fd, name, &how, sizeof how);
    } while (opened < 0 && errno == EINTR);
    return opened;
}

static DIR *open_folder(int fd, const char *name) {
    int opened = open_here(fd, name, O_RDONLY);
    DIR *folder = opened < 0 ? NULL : fdopendir(opened);
    if (!folder && opened >= 0) {
        int saved = errno;
        close(opened);
        errno = saved;
    }
    return folder;
}

static void close_folder(DIR **folder) {
    int saved = errno;
    if (*folder) closedir(*folder);
    *folder = NULL;
    errno = saved;
}

static int is_top(const struct walk *walk, const struct stat *info) {
    return info->st_dev == walk->top_device && info->st_ino == walk->top_number;
}

static int let_go(struct walk *walk, uint64_t level) {
    struct held *held = held_at(walk, level);
    struct stat info;
    if (fstat(dirfd(held->folder), &info) < 0) return -1;
    if (!walk->known && !(walk->known = calloc(KNOWN, sizeof *walk->known))) return -1;
    walk->known[level % KNOWN] = (struct known){
        .level = level, .device = info.st_dev, .number = info.st_ino, .before = held->before,
        .times = held->times};
    close_folder(&held->folder);
    return 0;
}

// Into the folder whose name was read last.
static int go_down(struct walk *walk) {
    struct held *from = held_at(walk, walk->level), *to = held_at(walk, walk->level + 1);
    DIR *folder = open_folder(dirfd(from->folder), from->name);
    if (!folder) {
        // No folder, or not any more.
        if (errno == ENOTDIR || errno == ELOOP || errno == ENOENT) return 0;
        return errno == EXDEV && walk->visitor->passes_mounts ? 0 : -1;
    }
    if (to->folder && let_go(walk, walk->level + 1 - HELD) < 0) {
        close_folder(&folder);
        return -1;
    }
    to->folder = folder;
    walk->level += 1;
    return 0;
}

// The next name of a folder: 1, or 0 after the last.
static int read_name(struct held *held, unsigned char *type) {
    for (;;) {
        held->before = telldir(held->folder);
        errno = 0;
        struct dirent *entry = readdir(held->folder);
        if (!entry) return errno == 0 ? 0 : -1;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        *type = entry->d_type;
        if (strlen(entry->d_name) >= sizeof held->name) {
            errno = ENAMETOOLONG;
            return -1;
        }
        strcpy(held->name, entry->d_name);
        held->times = 0;
        return 1;
    }
}

// Reads on behind the name of the folder that the walk comes from, and tells it: 1. It stands where
// it was read, but for file systems that count places and names that went since. 0: it is gone.
static int find(struct held *held, const struct stat *child) {
    long before = held->before;
    for (int whole = 0; whole < 2; whole++) {
        seekdir(held->folder, whole ? 0 : before);
        int result;
        do {
            unsigned char type;
            struct stat info;
            result = read_name(held, &type);
            if (result < 0) return -1;
            if (result > 0 && (type == DT_DIR || type == DT_UNKNOWN)
                && fstatat(dirfd(held->folder), held->name, &info, AT_SYMLINK_NOFOLLOW) == 0
                && info.st_dev == child->st_dev && info.st_ino == child->st_ino) {
                return 1;
            }
        } while (whole && result > 0);
    }
    seekdir(held->folder, before);
    held->before = before;
    held->name[0] = 0;
    return 0;
}

// Which folders lie above one that is open, up to the top; fails where it does not lead there.
static int look_up(struct walk *walk, uint64_t level, int below) {
    int fd = below, result = 0;
    for (uint64_t above = level; result == 0; above--) {
        int next = open_here(fd, "..", O_PATH);
        int saved = errno;
        if (fd != below) close(fd);
        errno = saved;
        if (next < 0) return -1;
        fd = next;
        struct stat info;
        result = fstat(fd, &info);
        if (result == 0 && is_top(walk, &info) != (above == 0)) {
            errno = ESTALE;
            result = -1;
        }
        if (result == 0 && level - above < KNOWN) {
            walk->known[above % KNOWN] = (struct known){
                .level = above, .device = info.st_dev, .number = info.st_ino};
        }
        if (above == 0) break;
    }
    int saved = errno;
    close(fd);
    errno = saved;
    return result;
}

// The folder above one that is open. It must be the one that the walk came by: whoever may rename
// here could lead it elsewhere, even above the top.
static int open_above(struct walk *walk, uint64_t level, int below) {
    struct held *held = held_at(walk, level);
    const struct known *known = &walk->known[level % KNOWN];
    if (known->level != level && look_up(walk, level, below) < 0) return -1;
    struct stat child, info;
    if (fstat(below, &child) < 0) return -1;
    held->folder = open_folder(below, "..");
    if (!held->folder || fstat(dirfd(held->folder), &info) < 0) return -1;
    if (info.st_dev != known->device || info.st_ino != known->number) {
        errno = ESTALE;
        return -1;
    }
    held->before = known->before;
    if (find(held, &child) < 0) return -1;
    // The name was read anew.
    held->times = known->times;
    return 0;
}

static int go_up(struct walk *walk) {
    struct held *from = held_at(walk, walk->level), *to = held_at(walk, walk->level - 1);
    if (!to->folder && open_above(walk, walk->level - 1, dirfd(from->folder)) < 0) return -1;
    close_folder(&from->folder);
    walk->level -= 1;
    const struct slipway_visitor *visitor = walk->visitor;
    if (!visitor->leave || !to->name[0]) return 0;
    int result = visitor->leave(visitor->context, dirfd(to->folder), to->name, to->times++);
    return result > 0 ? go_down(walk) : result;
}

static int go_through(struct walk *walk) {
    for (;;) {
        struct held *held = held_at(walk, walk->level);
        unsigned char type;
        int result = read_name(held, &type);
        if (result < 0) return -1;
        if (result == 0 && walk->level == 0) return 0;
        if (result == 0) {
            result = go_up(walk);
        } else {
            const struct slipway_visitor *visitor = walk->visitor;
            result = visitor->meet(visitor->context, dirfd(held->folder), held->name, type);
            if (result > 0) result = go_down(walk);
        }
        if (result < 0) return -1;
    }
}

int slipway_walk(int top, const struct slipway_visitor *visitor) {
    struct stat info;
    if (fstat(top, &info) < 0) return -1;
    struct walk *walk = calloc(1, sizeof *walk);
    if (!walk) return -1;
    walk->visitor = visitor;
    walk->top_device = info.st_dev;
    walk->top_number = info.st_ino;
    // Opened anew: two descriptors of one opening share the place where it is read.
    walk->held[0].folder = open_folder(top, ".");
    int result = walk->held[0].folder ? go_through(walk) : -1;
    for (int level = 0; level < HELD; level++) close_folder(&walk->held[level].folder);
    int saved = errno;
    free(walk->known);
    free(walk);
    errno = saved;
    return result;
}

int slipway_walk_again(int top, const struct slipway_visitor *visitor) {
    int result = -1;
    for (int round = 0; round < 16; round++) {
        result = slipway_walk(top, visitor);
        if (result == 0 || errno != ESTALE) break;
    }
    return result;
}
