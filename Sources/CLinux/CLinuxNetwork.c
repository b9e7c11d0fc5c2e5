#define _GNU_SOURCE
#include "CLinuxNetwork.h"
#include "CLinuxUsers.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

struct network {
    const char *path;
    // Of one that exists; -1 to make one.
    int descriptor;
    int error;
};

static int bring_loopback_up(void) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    struct ifreq request = {0};
    strcpy(request.ifr_name, "lo");
    int result = ioctl(fd, SIOCGIFFLAGS, &request);
    if (result == 0) {
        request.ifr_flags |= IFF_UP;
        result = ioctl(fd, SIOCSIFFLAGS, &request);
    }
    int saved = errno;
    close(fd);
    errno = saved;
    return result;
}

// On a thread of its own, since the namespace becomes that of the thread.
static void *make_network(void *argument) {
    struct network *network = argument;
    int entered = network->descriptor < 0 ? unshare(CLONE_NEWNET)
                                          : setns(network->descriptor, CLONE_NEWNET);
    if (entered < 0 || bring_loopback_up() < 0
        || mount("/proc/thread-self/ns/net", network->path, NULL, MS_BIND, NULL) < 0) {
        network->error = errno;
    }
    return NULL;
}

static int keep_network(const char *path, int descriptor) {
    struct network network = {.path = path, .descriptor = descriptor};
    pthread_t thread;
    errno = pthread_create(&thread, NULL, make_network, &network);
    if (errno != 0) return -1;
    pthread_join(thread, NULL);
    errno = network.error;
    return errno == 0 ? 0 : -1;
}

int slipway_make_network(const char *path) { return keep_network(path, -1); }

int slipway_make_network_of_users(
    const char *path, const char *users, unsigned first, unsigned count) {
    pid_t child = slipway_start_with_users(CLONE_NEWNET, first, count);
    if (child < 0) return -1;
    char space[64];
    snprintf(space, sizeof space, "/proc/%d/ns/user", (int)child);
    int result = mount(space, users, NULL, MS_BIND, NULL);
    if (result == 0) {
        snprintf(space, sizeof space, "/proc/%d/ns/net", (int)child);
        int descriptor = open(space, O_RDONLY | O_CLOEXEC);
        result = descriptor < 0 ? -1 : keep_network(path, descriptor);
        int saved = errno;
        if (descriptor >= 0) close(descriptor);
        errno = saved;
    }
    int saved = errno;
    slipway_end_with_users(child);
    errno = saved;
    return result;
}
