// Files through which the kernel is told things, or tells them.
#define _GNU_SOURCE
#include "attacker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRITE(name, path) \
    static int name(void) { return answer(open(path, O_WRONLY)); }
#define READ(name, path) \
    static int name(void) { return read_byte(path); }

static int read_byte(const char *path) {
    char bytes[8];
    int fd = open(path, O_RDONLY | O_NONBLOCK);
    if (fd < 0) return errno;
    ssize_t size = read(fd, bytes, sizeof bytes);
    return size < 0 ? errno : size == 0 ? CONTAINED : 0;
}

WRITE(core_pattern, "/proc/sys/kernel/core_pattern")
WRITE(mod_probe, "/proc/sys/kernel/modprobe")
WRITE(host_name_file, "/proc/sys/kernel/hostname")
WRITE(forwarding, "/proc/sys/net/ipv4/ip_forward")
WRITE(drop_caches, "/proc/sys/vm/drop_caches")
WRITE(sysrq, "/proc/sysrq-trigger")
WRITE(binfmt, "/proc/sys/fs/binfmt_misc/register")
WRITE(affinity, "/proc/irq/default_smp_affinity")
WRITE(uevent_helper, "/sys/kernel/uevent_helper")
WRITE(release_agent, "/sys/fs/cgroup/memory/release_agent")
WRITE(cgroup_limit, "/sys/fs/cgroup/memory/memory.limit_in_bytes")
WRITE(cgroup_move, "/sys/fs/cgroup/cgroup.procs")
WRITE(power, "/sys/power/state")
WRITE(rescan, "/sys/bus/pci/rescan")
WRITE(profiling, "/sys/kernel/profiling")
READ(core_memory, "/proc/kcore")
READ(kernel_messages, "/proc/kmsg")
READ(keys, "/proc/keys")
READ(timers, "/proc/timer_list")
READ(page_counts, "/proc/kpagecount")
READ(page_flags, "/proc/kpageflags")
READ(firmware, "/sys/firmware/dmi/tables/DMI")
READ(tracing, "/sys/kernel/tracing/trace")
READ(debugging, "/sys/kernel/debug/sched/debug")
READ(memory, "/dev/mem")
READ(ports, "/dev/port")
READ(virtual_machines, "/dev/kvm")
READ(kernel_log_device, "/dev/kmsg")
READ(disk, "/dev/vda")
READ(docker, "/run/docker.sock")
READ(podman, "/run/podman/podman.sock")
READ(containerd, "/run/containerd/containerd.sock")
READ(crio, "/run/crio/crio.sock")
READ(journal, "/run/systemd/journal/socket")
READ(system_bus, "/run/dbus/system_bus_socket")
READ(slipway_runtime, "/run/slipway")
READ(log_device, "/dev/log")

// A kernel address that is not hidden.
static int addresses(void) {
    FILE *file = fopen("/proc/kallsyms", "r");
    char line[300];
    if (!file) return errno;
    for (int count = 0; count < 1000 && fgets(line, sizeof line, file); count++) {
        if (strtoull(line, NULL, 16) != 0) return 0;
    }
    return CONTAINED;
}

// Any socket file that it can reach.
static int find_socket(const char *path, int depth) {
    DIR *folder = depth > 6 ? NULL : opendir(path);
    if (!folder) return 0;
    struct dirent *entry;
    int found = 0;
    while (!found && (entry = readdir(folder))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        char inner[4096];
        struct stat info;
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        if (lstat(inner, &info) < 0) continue;
        if (S_ISSOCK(info.st_mode)) found = 1;
        if (S_ISDIR(info.st_mode) && strcmp(inner, "//proc") && strcmp(inner, "//sys"))
            found = find_socket(inner, depth + 1);
    }
    closedir(folder);
    return found;
}
static int sockets(void) { return find_socket("/", 0) ? 0 : CONTAINED; }

// A process of anyone else: all that are to be seen are this one's parents and itself.
static int processes(void) {
    DIR *folder = opendir("/proc");
    if (!folder) return errno;
    struct dirent *entry;
    int count = 0;
    while ((entry = readdir(folder))) {
        if (atoi(entry->d_name) > 0) count++;
    }
    return count > 4 ? 0 : CONTAINED;
}

const struct attack file_attacks[] = {
    {"core-pattern", core_pattern}, {"modprobe", mod_probe}, {"host-name-file", host_name_file},
    {"forwarding", forwarding}, {"drop-caches", drop_caches}, {"sysrq", sysrq},
    {"binfmt-misc", binfmt}, {"irq-affinity", affinity}, {"uevent-helper", uevent_helper},
    {"release-agent", release_agent}, {"cgroup-limit", cgroup_limit},
    {"cgroup-move", cgroup_move}, {"power-state", power}, {"pci-rescan", rescan},
    {"profiling", profiling}, {"core-memory", core_memory}, {"kernel-messages", kernel_messages},
    {"key-list", keys}, {"timer-list", timers}, {"page-counts", page_counts},
    {"page-flags", page_flags}, {"firmware", firmware}, {"tracing", tracing},
    {"debugging", debugging}, {"device-memory", memory}, {"device-port", ports},
    {"device-kvm", virtual_machines}, {"device-kernel-log", kernel_log_device},
    {"device-disk", disk}, {"docker-socket", docker}, {"podman-socket", podman},
    {"containerd-socket", containerd}, {"crio-socket", crio}, {"journal-socket", journal},
    {"system-bus", system_bus}, {"slipway-runtime", slipway_runtime}, {"log-device", log_device},
    {"kernel-addresses", addresses}, {"socket-files", sockets}, {"other-processes", processes},
    {0, 0},
};
