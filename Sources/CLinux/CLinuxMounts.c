#define _GNU_SOURCE
#include "CLinuxFiles.h"
#include "CLinuxRootless.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

// Overlayfs itself takes no more lower folders than this (OVL_MAX_STACK).
#define OVERLAY_LAYERS 500

// What an image or a job brings is no device, and changes no user: neither in the container, which
// gains no privileges and has its own /dev, nor for somebody of this machine who comes by. (A
// read-only root of gVisor's goes without: slipway_unlock_mount.)
#define OVERLAY_FLAGS (MS_NOSUID | MS_NODEV)

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
        || mount("overlay", overlay->target, "overlay", OVERLAY_FLAGS, overlay->options) < 0) {
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
    const char *lower, const char *upper, const char *work, const char *target,
    const char *more) {
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
    if (result == 0 && length + strlen(more) >= sizeof options) {
        errno = E2BIG;
        result = -1;
    }
    if (result == 0) {
        strcpy(options + length, more);
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

static int mount_overlay(
    const char *lower, const char *upper, const char *work, const char *target,
    const char *more) {
    char *options = NULL;
    if (asprintf(
            &options, "lowerdir=%s,upperdir=%s,workdir=%s%s", lower, upper, work, more) < 0) {
        errno = ENOMEM;
        return -1;
    }
    int isPlain = strlen(options) < OVERLAY_OPTIONS && !strpbrk(lower, ",\\")
        && !strpbrk(upper, ",\\:") && !strpbrk(work, ",\\:");
    int result = isPlain ? mount("overlay", target, "overlay", OVERLAY_FLAGS, options)
                         : mount_overlay_by_descriptor(lower, upper, work, target, more);
    int saved = errno;
    free(options);
    errno = saved;
    return result;
}

int slipway_mount_overlay(
    const char *lower, const char *upper, const char *work, const char *target) {
    // In a user namespace its marks are attributes that users may write (overlayfs, "User xattr").
    const char *more = slipway_sees_all_users() ? "" : ",userxattr";
    return mount_overlay(lower, upper, work, target, more);
}

int slipway_mount_overlay_owned(
    const char *lower, const char *upper, const char *work, const char *target) {
    // With marks that users may write nobody could trust them to tell where content lies.
    if (!slipway_sees_all_users()) return slipway_mount_overlay(lower, upper, work, target);
    int result = mount_overlay(lower, upper, work, target, ",metacopy=on");
    // A kernel that lacks the option copies whole files instead.
    return result < 0 && errno == EINVAL ? mount_overlay(lower, upper, work, target, "") : result;
}

int slipway_unmount(const char *target) {
    if (umount2(target, MNT_DETACH | UMOUNT_NOFOLLOW) == 0) return 0;
    return errno == EINVAL || errno == ENOENT ? 0 : -1;
}

int slipway_unlock_mount(const char *target) {
    return mount(NULL, target, NULL, MS_BIND | MS_REMOUNT, NULL);
}

int slipway_bind(const char *source, const char *target, int is_writable) {
    if (mount(source, target, NULL, MS_BIND, NULL) < 0) return -1;
    return mount(NULL, target, NULL, MS_BIND | MS_REMOUNT | OVERLAY_FLAGS | (is_writable ? 0 : MS_RDONLY), NULL);
}
