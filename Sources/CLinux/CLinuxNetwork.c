#define _GNU_SOURCE
#include "CLinuxNetwork.h"

#include <errno.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

struct network {
    const char *path;
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
    if (unshare(CLONE_NEWNET) < 0 || bring_loopback_up() < 0
        || mount("/proc/thread-self/ns/net", network->path, NULL, MS_BIND, NULL) < 0) {
        network->error = errno;
    }
    return NULL;
}

int slipway_make_network(const char *path) {
    struct network network = {.path = path};
    pthread_t thread;
    errno = pthread_create(&thread, NULL, make_network, &network);
    if (errno != 0) return -1;
    pthread_join(thread, NULL);
    errno = network.error;
    return errno == 0 ? 0 : -1;
}
