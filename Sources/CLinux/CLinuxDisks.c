#define _GNU_SOURCE
#include "CLinuxDisks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

// Major number of loop devices (Documentation/admin-guide/devices.txt).
#define LOOP_MAJOR 7

// Between the question for a free device and its use another may take it.
#define LOOP_TRIES 64

int slipway_mount_memory(const char *target, int64_t bytes) {
    unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    char options[64];
    snprintf(options, sizeof options, "mode=0711,size=%lld,noswap", (long long)bytes);
    if (mount("tmpfs", target, "tmpfs", flags, options) == 0) return 0;
    if (errno != EINVAL) return -1;
    *strrchr(options, ',') = 0;
    return mount("tmpfs", target, "tmpfs", flags, options);
}

// Opens device `number`; where nobody makes its node, as in a container, it is made.
static int open_loop(int number, int flags, char *path, size_t size) {
    snprintf(path, size, "/dev/loop%d", number);
    int device = open(path, flags);
    if (device >= 0 || errno != ENOENT) return device;
    if (mknod(path, S_IFBLK | 0600, makedev(LOOP_MAJOR, number)) < 0 && errno != EEXIST) return -1;
    return open(path, flags);
}

static int attach(int control, int image, int read_only, char *path, size_t size) {
    struct loop_config config;
    memset(&config, 0, sizeof config);
    config.fd = (__u32)image;
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR | (read_only ? LO_FLAGS_READ_ONLY : 0);
    for (int try = 0; try < LOOP_TRIES; try++) {
        int number = ioctl(control, LOOP_CTL_GET_FREE);
        if (number < 0) return -1;
        int flags = (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC;
        int device = open_loop(number, flags, path, size);
        if (device < 0) return -1;
        if (ioctl(device, LOOP_CONFIGURE, &config) == 0) return device;
        int saved = errno;
        close(device);
        errno = saved;
        if (errno != EBUSY) return -1;
    }
    return -1;
}

int slipway_mount_image(const char *image, const char *target, int read_only) {
    char path[32];
    int file = open(image, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) return -1;
    int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    int device = -1;
    if (control < 0) {
        errno = ENODEV;
    } else {
        device = attach(control, file, read_only, path, sizeof path);
    }
    int result = -1;
    if (device >= 0) {
        // It is scratch: nothing on it outlives a power cut, so nothing waits for the disk, and
        // inode tables need no zeros written where the file has holes.
        unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOATIME | (read_only ? MS_RDONLY : 0);
        const char *options = read_only ? "noload" : "noinit_itable,nobarrier";
        result = mount(path, target, "ext4", flags, options);
    }
    int saved = errno;
    // The mount holds the device from here on; without one it is let go.
    if (device >= 0) close(device);
    if (control >= 0) close(control);
    close(file);
    errno = saved;
    return result;
}

int slipway_is_full(const char *path, int64_t most) {
    struct statvfs status;
    if (statvfs(path, &status) < 0) return -1;
    if (status.f_files > 0 && status.f_ffree == 0) return 1;
    // A large write fails as a whole where less than it is left.
    int64_t least = (int64_t)status.f_blocks * (int64_t)status.f_frsize / 16;
    if (least > most) least = most;
    return (int64_t)status.f_bavail * (int64_t)status.f_frsize < least;
}
