#define _GNU_SOURCE
#include "CLinuxFiles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

int slipway_open_beneath(int root_fd, const char *path, int flags, unsigned mode, int follow) {
    struct open_how how = {
        .flags = (unsigned long long)(flags | O_CLOEXEC),
        .mode = (flags & O_CREAT) ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | (follow ? 0 : RESOLVE_NO_SYMLINKS),
    };
    long fd;
    do {
        fd = syscall(SYS_openat2, root_fd, path, &how, sizeof how);
        // EAGAIN: a rename elsewhere raced with the walk (openat2(2)).
    } while (fd < 0 && (errno == EINTR || errno == EAGAIN));
    return (int)fd;
}

// Removes what an open folder holds; takes over the descriptor.
static int empty_folder(int fd, int depth) {
    if (depth > 4096) {
        close(fd);
        errno = ELOOP;
        return -1;
    }
    DIR *folder = fdopendir(fd);
    if (!folder) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    int result = 0;
    struct dirent *entry;
    while ((errno = 0, entry = readdir(folder))) {
        const char *name = entry->d_name;
        if (!strcmp(name, ".") || !strcmp(name, "..")) continue;
        if (unlinkat(dirfd(folder), name, 0) == 0 || errno == ENOENT) continue;
        if (errno != EISDIR && errno != EPERM) {
            result = -1;
            break;
        }
        int child = openat(
            dirfd(folder), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (child < 0 || empty_folder(child, depth + 1) < 0
            || (unlinkat(dirfd(folder), name, AT_REMOVEDIR) < 0 && errno != ENOENT)) {
            result = -1;
            break;
        }
    }
    if (errno != 0 && !entry) result = -1;
    int saved = errno;
    closedir(folder);
    errno = saved;
    return result;
}

int slipway_remove_tree(const char *path) {
    if (unlink(path) == 0 || errno == ENOENT) return 0;
    if (errno != EISDIR && errno != EPERM) return -1;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? 0 : -1;
    if (empty_folder(fd, 0) < 0) return -1;
    return rmdir(path) == 0 || errno == ENOENT ? 0 : -1;
}

// Overlayfs itself takes no more lower folders than this (OVL_MAX_STACK).
#define OVERLAY_LAYERS 500

// Options of mount(2) hold a page, and have no way to write a comma in a folder's name.
#define OVERLAY_OPTIONS 4096

struct overlay_mount {
    const char *options;
    const char *target;
    int error;
};

static void *mount_from_descriptors(void *argument) {
    struct overlay_mount *overlay = argument;
    // The working folder of this thread alone moves: its folders have numbers for names there.
    if (unshare(CLONE_FS) < 0 || chdir("/proc/thread-self/fd") < 0
        || mount("overlay", overlay->target, "overlay", 0, overlay->options) < 0) {
        overlay->error = errno;
    }
    return NULL;
}

// Opens the folders in `paths`, which ":/" separates, and appends their descriptors' numbers.
static int append_descriptors(
    char *options, size_t *length, const char *paths, int *descriptors, size_t *count) {
    for (const char *start = paths; *start;) {
        const char *end = strstr(start, ":/");
        size_t size = end ? (size_t)(end - start) : strlen(start);
        if (*count >= OVERLAY_LAYERS + 2) {
            errno = E2BIG;
            return -1;
        }
        char *path = strndup(start, size);
        if (!path) return -1;
        int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        int saved = errno;
        free(path);
        errno = saved;
        if (fd < 0) return -1;
        descriptors[(*count)++] = fd;
        int added = snprintf(
            options + *length, OVERLAY_OPTIONS - *length, start == paths ? "%d" : ":%d", fd);
        *length += (size_t)added;
        if (*length >= OVERLAY_OPTIONS) {
            errno = E2BIG;
            return -1;
        }
        start = end ? end + 1 : start + size;
    }
    return 0;
}

// Any number of layers, of any name, on any kernel: folders are named by open descriptors.
static int mount_overlay_by_descriptor(
    const char *lower, const char *upper, const char *work, const char *target) {
    char options[OVERLAY_OPTIONS] = "lowerdir=";
    int descriptors[OVERLAY_LAYERS + 2];
    size_t count = 0;
    size_t length = strlen(options);
    int result = append_descriptors(options, &length, lower, descriptors, &count);
    const char *keys[] = {",upperdir=", ",workdir="};
    const char *paths[] = {upper, work};
    if (result == 0 && count > OVERLAY_LAYERS) {
        errno = E2BIG;
        result = -1;
    }
    for (int index = 0; index < 2 && result == 0; index++) {
        length += (size_t)snprintf(
            options + length, sizeof options - length, "%s", keys[index]);
        if (length >= sizeof options) {
            errno = E2BIG;
            result = -1;
            break;
        }
        result = append_descriptors(options, &length, paths[index], descriptors, &count);
    }
    if (result == 0) {
        struct overlay_mount overlay = {.options = options, .target = target};
        pthread_t thread;
        errno = pthread_create(&thread, NULL, mount_from_descriptors, &overlay);
        if (errno == 0) {
            pthread_join(thread, NULL);
            errno = overlay.error;
        }
        result = errno == 0 ? 0 : -1;
    }
    int saved = errno;
    while (count > 0) close(descriptors[--count]);
    errno = saved;
    return result;
}

int slipway_mount_overlay(
    const char *lower, const char *upper, const char *work, const char *target) {
    char *options = NULL;
    if (asprintf(&options, "lowerdir=%s,upperdir=%s,workdir=%s", lower, upper, work) < 0) {
        errno = ENOMEM;
        return -1;
    }
    int isPlain = strlen(options) < OVERLAY_OPTIONS && !strpbrk(lower, ",\\")
        && !strpbrk(upper, ",\\:") && !strpbrk(work, ",\\:");
    int result = isPlain ? mount("overlay", target, "overlay", 0, options)
                         : mount_overlay_by_descriptor(lower, upper, work, target);
    int saved = errno;
    free(options);
    errno = saved;
    return result;
}

int slipway_unmount(const char *target) {
    if (umount2(target, MNT_DETACH | UMOUNT_NOFOLLOW) == 0) return 0;
    return errno == EINVAL || errno == ENOENT ? 0 : -1;
}

int slipway_set_attribute(const char *path, const char *name, const void *value, size_t size) {
    return lsetxattr(path, name, value, size, 0);
}

int slipway_make_whiteout(int folder_fd, const char *name) {
    return mknodat(folder_fd, name, S_IFCHR | 0600, makedev(0, 0));
}

int slipway_lock(int fd, int wait) {
    int result;
    do {
        result = flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB));
    } while (result < 0 && errno == EINTR);
    return result;
}

int64_t slipway_free_bytes(const char *path) {
    struct statvfs info;
    if (statvfs(path, &info) < 0) return -1;
    return (int64_t)info.f_bavail * (int64_t)info.f_frsize;
}

int slipway_set_metadata(
    int folder_fd, const char *name, unsigned user, unsigned group, unsigned mode,
    int64_t modified_seconds, int is_link, int set_owner) {
    if (set_owner && fchownat(folder_fd, name, user, group, AT_SYMLINK_NOFOLLOW) < 0) return -1;
    if (!is_link && fchmodat(folder_fd, name, mode, 0) < 0) return -1;
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = modified_seconds}};
    return utimensat(folder_fd, name, times, AT_SYMLINK_NOFOLLOW);
}

int slipway_set_attribute_at(
    int folder_fd, const char *name, const char *attribute, const void *value, size_t size) {
    char path[64 + 256];
    if (strlen(name) > 255) {
        errno = ENAMETOOLONG;
        return -1;
    }
    // /proc/self/fd is a magic link to the folder itself; only `name` below it could be a link,
    // and lsetxattr does not follow that.
    snprintf(path, sizeof path, "/proc/self/fd/%d/%s", folder_fd, name);
    return lsetxattr(path, attribute, value, size, 0);
}

int slipway_is_whiteout(int folder_fd, const char *name) {
    struct stat info;
    if (fstatat(folder_fd, name, &info, AT_SYMLINK_NOFOLLOW) < 0) return 0;
    return S_ISCHR(info.st_mode) && info.st_rdev == makedev(0, 0);
}

int slipway_kind_at(int folder_fd, const char *name) {
    struct stat info;
    if (fstatat(folder_fd, name, &info, AT_SYMLINK_NOFOLLOW) < 0) return -1;
    return (int)(info.st_mode & S_IFMT);
}

int slipway_bind(const char *source, const char *target) {
    return mount(source, target, NULL, MS_BIND, NULL);
}

int slipway_rename_new(const char *path, const char *target) {
    return renameat2(AT_FDCWD, path, AT_FDCWD, target, RENAME_NOREPLACE);
}

int slipway_memory_file(void) { return memfd_create("slipway", MFD_CLOEXEC); }

int slipway_sync_disk(int fd) { return syncfs(fd); }

static unsigned tree_user, tree_group;
static pthread_mutex_t tree_lock = PTHREAD_MUTEX_INITIALIZER;

static int own_entry(const char *path, const struct stat *info, int kind, struct FTW *walk) {
    (void)info, (void)kind, (void)walk;
    return lchown(path, tree_user, tree_group);
}

int slipway_own_tree(const char *path, unsigned user, unsigned group) {
    // nftw(3) has no argument of ours, so one walk at a time.
    pthread_mutex_lock(&tree_lock);
    tree_user = user;
    tree_group = group;
    int result = nftw(path, own_entry, 64, FTW_PHYS | FTW_MOUNT);
    int saved = errno;
    pthread_mutex_unlock(&tree_lock);
    errno = saved;
    return result == 0 ? 0 : -1;
}
