#define _GNU_SOURCE
#include "CLinuxFiles.h"
#include "CLinuxRootless.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <time.h>
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

// Each level of a removal holds a descriptor. What is deeper is moved up and removed from there:
// a job can make thousands of levels, and must not use up the descriptors of all.
#define REMOVAL_DEPTH 32

// Rounds of a removal: each takes all it sees, which leaves what was moved up meanwhile.
#define REMOVAL_ROUNDS 10000

struct removal {
    int top;
    unsigned moved;
};

static int move_up(struct removal *removal, int fd, const char *name) {
    char free_name[32];
    do {
        snprintf(free_name, sizeof free_name, ".moved-%u", removal->moved++);
        if (renameat2(fd, name, removal->top, free_name, RENAME_NOREPLACE) == 0) return 0;
    } while (errno == EEXIST);
    return errno == ENOENT ? 0 : -1;
}

// A folder in a folder: no link, and no other mount.
static int open_here(int fd, const char *name) {
    struct open_how how = {
        .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_NO_XDEV};
    return (int)syscall(SYS_openat2, fd, name, &how, sizeof how);
}

// Removes what an open folder holds; takes over the descriptor.
static int empty_folder(struct removal *removal, int fd, int depth) {
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
        if (unlinkat(fd, name, 0) == 0 || errno == ENOENT) continue;
        if (errno != EISDIR && errno != EPERM) {
            result = -1;
            break;
        }
        // An empty one needs no look into it.
        if (unlinkat(fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT) continue;
        // Something is mounted there, which nobody meant.
        if (errno == EBUSY) {
            result = -1;
            break;
        }
        if (depth >= REMOVAL_DEPTH) {
            if (move_up(removal, fd, name) == 0) continue;
            result = -1;
            break;
        }
        int child = open_here(fd, name);
        // Whoever else removes the same may have been faster.
        if (child < 0 && errno == ENOENT) continue;
        if (child < 0 || empty_folder(removal, child, depth + 1) < 0
            || (unlinkat(fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)) {
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
    struct removal removal = {0};
    for (int round = 0; round < REMOVAL_ROUNDS; round++) {
        if (rmdir(path) == 0 || errno == ENOENT) return 0;
        if (errno != ENOTEMPTY && errno != EEXIST) return -1;
        removal.top = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (removal.top < 0) return errno == ENOENT ? 0 : -1;
        // The walk takes a descriptor over, and the top one is needed to its end.
        int walked = fcntl(removal.top, F_DUPFD_CLOEXEC, 0);
        int result = walked < 0 ? -1 : empty_folder(&removal, walked, 0);
        int saved = errno;
        close(removal.top);
        errno = saved;
        if (result < 0) return -1;
    }
    errno = ENOTEMPTY;
    return -1;
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

int slipway_lock_shared(int fd) {
    int result;
    do {
        result = flock(fd, LOCK_SH);
    } while (result < 0 && errno == EINTR);
    return result;
}

int slipway_unlock(int fd) { return flock(fd, LOCK_UN); }

int slipway_hold(int fd) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_SETLK, &lock);
}

int slipway_is_held(int fd) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_GETLK, &lock) < 0) return -1;
    return lock.l_type != F_UNLCK;
}

int64_t slipway_free_bytes(const char *path) {
    struct statvfs info;
    if (statvfs(path, &info) < 0) return -1;
    // Root may use what is kept back for it.
    int is_root = geteuid() == 0 && slipway_sees_all_users();
    return (int64_t)(is_root ? info.f_bfree : info.f_bavail) * (int64_t)info.f_frsize;
}

int slipway_is_read_only(const char *folder) {
    struct statvfs info;
    if (statvfs(folder, &info) < 0) return -1;
    if (info.f_flag & ST_RDONLY) return 1;
    // After an error ext4 refuses writes and does not say so in its flags.
    int fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0) return errno == EROFS;
    close(fd);
    return 0;
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

int slipway_rename_new(const char *path, const char *target) {
    return renameat2(AT_FDCWD, path, AT_FDCWD, target, RENAME_NOREPLACE);
}

int slipway_memory_file(void) { return memfd_create("slipway", MFD_CLOEXEC); }

int slipway_sync_disk(int fd) { return syncfs(fd); }

// Archives are no deeper, and each level holds a descriptor.
#define OWNED_DEPTH 256

// A name that is gone again is nobody's: jobs that share the folder may be at work in it.
static int own_name(int fd, const char *name, unsigned user, unsigned group) {
    struct stat info;
    if (fstatat(fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0
        && ((info.st_uid == user && info.st_gid == group)
            || fchownat(fd, name, user, group, AT_SYMLINK_NOFOLLOW) == 0)) {
        return 0;
    }
    return errno == ENOENT ? 0 : -1;
}

// Gives away what an open folder holds; takes over the descriptor.
static int own_folder(int fd, unsigned user, unsigned group, int depth) {
    DIR *folder = depth > OWNED_DEPTH ? NULL : fdopendir(fd);
    if (!folder) {
        int saved = depth > OWNED_DEPTH ? ELOOP : errno;
        close(fd);
        errno = saved;
        return -1;
    }
    struct stat info;
    int result = fstat(fd, &info);
    if (result == 0 && (info.st_uid != user || info.st_gid != group)) {
        result = fchown(fd, user, group);
    }
    struct dirent *entry;
    while (result == 0 && (errno = 0, entry = readdir(folder))) {
        const char *name = entry->d_name;
        if (!strcmp(name, ".") || !strcmp(name, "..")) continue;
        if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN) {
            result = own_name(fd, name, user, group);
            continue;
        }
        int child = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (child >= 0) {
            result = own_folder(child, user, group, depth + 1);
        } else {
            result = errno == ENOTDIR || errno == ELOOP || errno == ENOENT
                ? own_name(fd, name, user, group) : -1;
        }
    }
    if (result == 0 && errno != 0) result = -1;
    int saved = errno;
    closedir(folder);
    errno = saved;
    return result;
}

int slipway_own_tree(const char *path, unsigned user, unsigned group) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0) return own_folder(fd, user, group, 0);
    return errno == ENOTDIR || errno == ELOOP ? lchown(path, user, group) : -1;
}

int slipway_touch(const char *path) {
    return utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW);
}

int64_t slipway_file_time(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// Folders of a job may be deeper; each level holds a descriptor, and what is below is not counted.
#define COUNTED_DEPTH 256

// A file of several names counts once, in shares: all of them are mostly below one folder.
static void count(const struct stat *info, int64_t *bytes, int64_t *files) {
    int64_t names = S_ISDIR(info->st_mode) || info->st_nlink < 1 ? 1 : (int64_t)info->st_nlink;
    *bytes += (int64_t)info->st_blocks * 512 / names;
    *files += 1;
}

// Counts what an open folder holds; takes over the descriptor.
static int count_folder(int fd, dev_t disk, int depth, int64_t *bytes, int64_t *files) {
    DIR *folder = fdopendir(fd);
    if (!folder) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    int result = 0;
    struct dirent *entry;
    while (result == 0 && (errno = 0, entry = readdir(folder))) {
        const char *name = entry->d_name;
        if (!strcmp(name, ".") || !strcmp(name, "..")) continue;
        struct stat info;
        if (fstatat(fd, name, &info, AT_SYMLINK_NOFOLLOW) < 0) {
            result = errno == ENOENT ? 0 : -1;
            continue;
        }
        if (info.st_dev != disk) continue;
        count(&info, bytes, files);
        if (!S_ISDIR(info.st_mode) || depth >= COUNTED_DEPTH) continue;
        int child = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (child >= 0) {
            result = count_folder(child, disk, depth + 1, bytes, files);
        } else if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) {
            result = -1;
        }
    }
    if (result == 0 && errno != 0 && !entry) result = -1;
    int saved = errno;
    closedir(folder);
    errno = saved;
    return result;
}

int slipway_disk_use(const char *path, int64_t *bytes, int64_t *files) {
    struct stat info;
    if (lstat(path, &info) < 0) return errno == ENOENT ? 0 : -1;
    count(&info, bytes, files);
    if (!S_ISDIR(info.st_mode)) return 0;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? 0 : -1;
    return count_folder(fd, info.st_dev, 0, bytes, files);
}
