#define _GNU_SOURCE
#include "CLinuxAddresses.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

int slipway_own_addresses(uint32_t *addresses, int limit) {
    struct ifaddrs *list;
    if (getifaddrs(&list) < 0) return -1;
    int count = 0;
    for (struct ifaddrs *entry = list; entry != NULL; entry = entry->ifa_next) {
        if (entry->ifa_addr == NULL || entry->ifa_addr->sa_family != AF_INET) continue;
        struct sockaddr_in *address = (struct sockaddr_in *)entry->ifa_addr;
        if (count < limit) addresses[count] = ntohl(address->sin_addr.s_addr);
        count++;
    }
    freeifaddrs(list);
    return count;
}

struct change {
    const char *namespace_path;
    const char *device;
    int error;
};

static int write_one(const char *device) {
    char path[128];
    int length = snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/disable_ipv6", device);
    if (length < 0 || (size_t)length >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    // A kernel without IPv6.
    if (fd < 0) return errno == ENOENT ? 0 : -1;
    ssize_t written = write(fd, "1", 1);
    int saved = errno;
    close(fd);
    errno = saved;
    return written == 1 ? 0 : -1;
}

// On a thread of its own: the files of /proc/sys/net are those of the thread's namespace.
static void *turn_off(void *argument) {
    struct change *change = argument;
    int fd = open(change->namespace_path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || setns(fd, CLONE_NEWNET) < 0 || write_one("default") < 0
        || write_one(change->device) < 0) {
        change->error = errno;
    }
    if (fd >= 0) close(fd);
    return NULL;
}

int slipway_turn_off_ipv6(const char *namespace_path, const char *device) {
    struct change change = {.namespace_path = namespace_path, .device = device};
    pthread_t thread;
    errno = pthread_create(&thread, NULL, turn_off, &change);
    if (errno != 0) return -1;
    pthread_join(thread, NULL);
    errno = change.error;
    return errno == 0 ? 0 : -1;
}
