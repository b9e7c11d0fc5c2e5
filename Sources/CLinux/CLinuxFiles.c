#define _GNU_SOURCE
#include "CLinuxFiles.h"
#include "CLinuxRootless.h"
#include "CLinuxWalk.h"

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

// Times that one folder is gone into anew: what is left there came meanwhile, or was passed over by
// a file system that counts places.
#define REMOVAL_ROUNDS 10000

static int remove_name(void *context, int fd, const char *name, unsigned char type) {
    if (unlinkat(fd, name, 0) == 0 || errno == ENOENT) return 0;
    if (errno != EISDIR && errno != EPERM) return -1;
    // An empty one needs no look into it.
    if (unlinkat(fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
    // Something is mounted there, which nobody meant.
    if (errno == EBUSY) return -1;
    if (errno != ENOTDIR) return 1;
    errno = EPERM;
    return -1;
}

// Whoever else removes the same may have been faster.
static int remove_emptied(void *context, int fd, const char *name, unsigned times) {
    if (unlinkat(fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
    if (errno != ENOTEMPTY && errno != EEXIST) return -1;
    return times < REMOVAL_ROUNDS ? 1 : -1;
}

int slipway_remove_tree(const char *path) {
    if (unlink(path) == 0 || errno == ENOENT) return 0;
    if (errno != EISDIR && errno != EPERM) return -1;
    struct slipway_visitor visitor = {.meet = remove_name, .leave = remove_emptied};
    for (int round = 0; round < REMOVAL_ROUNDS; round++) {
        if (rmdir(path) == 0 || errno == ENOENT) return 0;
        if (errno != ENOTEMPTY && errno != EEXIST) return -1;
        int top = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (top < 0) return errno == ENOENT ? 0 : -1;
        int result = slipway_walk(top, &visitor);
        int saved = errno;
        close(top);
        errno = saved;
        if (result < 0 && errno != ESTALE) return -1;
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

struct owner {
    unsigned user, group;
};

// A name that is gone again is nobody's: jobs that share the folder may be at work in it.
static int own_name(void *context, int fd, const char *name, unsigned char type) {
    const struct owner *owner = context;
    const int flags = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
    struct stat info;
    if (fstatat(fd, name, &info, flags) < 0) return errno == ENOENT ? 0 : -1;
    if ((info.st_uid != owner->user || info.st_gid != owner->group)
        && fchownat(fd, name, owner->user, owner->group, flags) < 0) {
        return errno == ENOENT ? 0 : -1;
    }
    return S_ISDIR(info.st_mode);
}

int slipway_own_tree(const char *path, unsigned user, unsigned group) {
    struct owner owner = {.user = user, .group = group};
    int top = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (top < 0) return errno == ENOTDIR || errno == ELOOP ? lchown(path, user, group) : -1;
    struct slipway_visitor visitor = {.meet = own_name, .context = &owner};
    int result = own_name(&owner, top, "", DT_DIR);
    if (result >= 0) result = slipway_walk_again(top, &visitor);
    int saved = errno;
    close(top);
    errno = saved;
    return result;
}

int slipway_touch(const char *path) {
    return utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW);
}

int64_t slipway_file_time(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

struct use {
    dev_t disk;
    int64_t bytes, files;
};

// A file of several names counts once, in shares: all of them are mostly below one folder.
static void count(struct use *use, const struct stat *info) {
    int64_t names = S_ISDIR(info->st_mode) || info->st_nlink < 1 ? 1 : (int64_t)info->st_nlink;
    use->bytes += (int64_t)info->st_blocks * 512 / names;
    use->files += 1;
}

static int count_name(void *context, int fd, const char *name, unsigned char type) {
    struct use *use = context;
    struct stat info;
    if (fstatat(fd, name, &info, AT_SYMLINK_NOFOLLOW) < 0) return errno == ENOENT ? 0 : -1;
    if (info.st_dev != use->disk) return 0;
    count(use, &info);
    return S_ISDIR(info.st_mode);
}

int slipway_disk_use(const char *path, int64_t *bytes, int64_t *files) {
    struct stat info;
    if (lstat(path, &info) < 0) return errno == ENOENT ? 0 : -1;
    struct use use = {.disk = info.st_dev};
    count(&use, &info);
    if (S_ISDIR(info.st_mode)) {
        int top = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (top < 0) return errno == ENOENT ? 0 : -1;
        struct slipway_visitor visitor = {
            .meet = count_name, .context = &use, .passes_mounts = 1};
        int result = slipway_walk(top, &visitor);
        int saved = errno;
        close(top);
        errno = saved;
        // Where folders were moved meanwhile, it is what was seen until then.
        if (result < 0 && errno != ESTALE) return -1;
    }
    *bytes += use.bytes;
    *files += use.files;
    return 0;
}
