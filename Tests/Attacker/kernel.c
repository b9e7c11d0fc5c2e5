// System calls that reach the kernel's own set-up, or out of the container's namespaces.
#define _GNU_SOURCE
#include "attacker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

static char zeros[4096];

#define CALL(name, ...) \
    static int name(void) { return answer(syscall(__VA_ARGS__)); }

// Mounts
static int mount_at(const char *source, const char *target, const char *type, unsigned long flags,
    const char *data) {
    mkdir("/tmp/target", 0755);
    return answer(mount(source, target, type, flags, data));
}
static int mount_tmpfs(void) { return mount_at("none", "/tmp/target", "tmpfs", 0, NULL); }
static int mount_proc(void) { return mount_at("proc", "/tmp/target", "proc", 0, NULL); }
static int mount_sysfs(void) { return mount_at("sysfs", "/tmp/target", "sysfs", 0, NULL); }
static int mount_debugfs(void) { return mount_at("none", "/tmp/target", "debugfs", 0, NULL); }
static int mount_cgroup(void) {
    return mount_at("none", "/tmp/target", "cgroup", 0, "memory");
}
static int mount_cgroup2(void) { return mount_at("none", "/tmp/target", "cgroup2", 0, NULL); }
static int mount_binfmt(void) {
    return mount_at("none", "/tmp/target", "binfmt_misc", 0, NULL);
}
static int mount_overlay(void) {
    return mount_at("none", "/tmp/target", "overlay", 0, "lowerdir=/bin:/etc");
}
static int mount_bind(void) { return mount_at("/", "/tmp/target", NULL, MS_BIND, NULL); }
static int mount_remount(void) {
    return mount_at(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND, NULL);
}
static int mount_remount_source(void) {
    return mount_at(NULL, "/slipway/source", NULL, MS_REMOUNT | MS_BIND, NULL);
}
static int mount_move(void) { return mount_at("/proc", "/tmp/target", NULL, MS_MOVE, NULL); }
static int mount_propagate(void) { return mount_at(NULL, "/", NULL, MS_SHARED | MS_REC, NULL); }
static int unmount_mask(void) { return answer(umount2("/sys/firmware", MNT_DETACH)); }
static int unmount_proc(void) { return answer(umount2("/proc", MNT_DETACH)); }
CALL(fs_open, SYS_fsopen, "tmpfs", 0)
CALL(fs_pick, SYS_fspick, AT_FDCWD, "/", 0)
CALL(open_tree_clone, SYS_open_tree, AT_FDCWD, "/", 1)
CALL(move_tree, SYS_move_mount, AT_FDCWD, "/proc", AT_FDCWD, "/tmp", 0)
CALL(set_mount, SYS_mount_setattr, AT_FDCWD, "/proc/sys", 0, zeros, 32)
static int pivot(void) {
    mkdir("/tmp/target", 0755);
    return answer(syscall(SYS_pivot_root, "/tmp/target", "/tmp/target"));
}

// Namespaces
CALL(unshare_user, SYS_unshare, CLONE_NEWUSER)
CALL(unshare_mount, SYS_unshare, CLONE_NEWNS)
CALL(unshare_net, SYS_unshare, CLONE_NEWNET)
CALL(unshare_pid, SYS_unshare, CLONE_NEWPID)
CALL(unshare_ipc, SYS_unshare, CLONE_NEWIPC)
CALL(unshare_uts, SYS_unshare, CLONE_NEWUTS)
CALL(unshare_cgroup, SYS_unshare, CLONE_NEWCGROUP)
CALL(unshare_time, SYS_unshare, 0x80)
static int clone_with(unsigned long flags) {
    long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) _exit(0);
    return answer(pid);
}
static int clone_user(void) { return clone_with(CLONE_NEWUSER); }
static int clone_mount(void) { return clone_with(CLONE_NEWNS); }
static int clone_net_user(void) { return clone_with(CLONE_NEWNET | CLONE_NEWUSER); }
static int clone3_user(void) {
    struct clone_args arguments = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
    long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid == 0) _exit(0);
    return answer(pid);
}
static int join(const char *path) {
    int fd = open(path, O_RDONLY);
    return fd < 0 ? errno : answer(syscall(SYS_setns, fd, 0));
}
static int join_own(void) { return join("/proc/self/ns/mnt"); }
static int join_user(void) { return join("/proc/self/ns/user"); }
static int join_by_pidfd(void) {
    int fd = (int)syscall(SYS_pidfd_open, 1, 0);
    return fd < 0 ? errno : answer(syscall(SYS_setns, fd, CLONE_NEWNS));
}
CALL(take_descriptor, SYS_pidfd_getfd, 0, 0, 0)

// The kernel itself
CALL(load_module, SYS_init_module, zeros, 0, "")
CALL(load_module_file, SYS_finit_module, -1, "", 0)
CALL(unload_module, SYS_delete_module, "no_such_module", O_NONBLOCK)
CALL(load_kernel, SYS_kexec_load, 0, 0, 0, 0)
CALL(load_kernel_file, SYS_kexec_file_load, -1, -1, 0, "", 0)
CALL(restart, SYS_reboot, 0xfee1dead, 672274793, 0, 0)
CALL(swap_on, SYS_swapon, "/tmp/none", 0)
CALL(swap_off, SYS_swapoff, "/tmp/none")
CALL(account, SYS_acct, NULL)
CALL(quota, SYS_quotactl, 0x800002, NULL, 0, NULL)
CALL(host_name, SYS_sethostname, "machine", 7)
CALL(domain_name, SYS_setdomainname, "machine", 7)
CALL(kernel_log, SYS_syslog, 3, zeros, 100)
CALL(program, SYS_bpf, 0, zeros, 128)
CALL(profile, SYS_perf_event_open, zeros, 0, -1, -1, 0)
CALL(fault, SYS_userfaultfd, 0)
CALL(ring, SYS_io_uring_setup, 1, zeros)
CALL(watch_all, SYS_fanotify_init, 0, 0)
CALL(key_ring, SYS_keyctl, 0, -3, 1)
CALL(key_join, SYS_keyctl, 1, "_ses")
CALL(key_add, SYS_add_key, "user", "x", "y", 1, -3)
CALL(key_request, SYS_request_key, "user", "x", NULL, -3)
CALL(place_memory, SYS_mbind, zeros, 4096, 0, NULL, 0, 0)
CALL(move_memory, SYS_move_pages, 1, 0, NULL, NULL, NULL, 0)
CALL(personality_odd, SYS_personality, 0x0040000)
static int set_clock(void) {
    // No time at all, for a kernel that does not refuse it.
    long never[2] = {0, -1};
    return answer(syscall(SYS_clock_settime, 0, never));
}
static int adjust_clock(void) {
    struct timex now = {0};
    if (adjtimex(&now) < 0) return errno;
    now.modes = ADJ_FREQUENCY; // to what it is already
    return adjtimex(&now) < 0 ? errno : 0;
}
static int open_by_handle(void) {
    // The root of the machine's disk is nearly always inode 2 (the "shocker" of 2014).
    struct { unsigned bytes; int type; unsigned char handle[8]; } handle = {
        8, 1, {2, 0, 0, 0, 0, 0, 0, 0}};
    int place = open("/slipway/work", O_RDONLY | O_DIRECTORY);
    return answer(syscall(SYS_open_by_handle_at, place, &handle, O_RDONLY));
}
#ifdef __x86_64__
CALL(io_level, SYS_iopl, 3)
CALL(io_port, SYS_ioperm, 0x70, 1, 1)
// The same calls by the numbers of other ABIs.
static int mount_32(void) {
    long result;
    __asm__ volatile("int $0x80" : "=a"(result)
        : "a"(21L), "b"(0L), "c"(0L), "d"(0L), "S"(0L), "D"(0L) : "memory");
    return result < 0 ? (int)-result : 0;
}
static int unshare_32(void) {
    long result;
    __asm__ volatile("int $0x80" : "=a"(result)
        : "a"(310L), "b"((long)CLONE_NEWUSER), "c"(0L), "d"(0L), "S"(0L), "D"(0L) : "memory");
    return result < 0 ? (int)-result : 0;
}
CALL(unshare_x32, 0x40000000L | SYS_unshare, CLONE_NEWUSER)
CALL(mount_x32, 0x40000000L | SYS_mount, "none", "/tmp", "tmpfs", 0, 0)
#endif

// Sockets
static int open_socket(int family, int type, int protocol) {
    return answer(socket(family, type, protocol));
}
static int socket_raw(void) { return open_socket(AF_INET, SOCK_RAW, 1); }
static int socket_raw6(void) { return open_socket(AF_INET6, SOCK_RAW, 58); }
static int socket_packet(void) { return open_socket(AF_PACKET, SOCK_RAW, 0x0300); }
static int socket_key(void) { return open_socket(AF_KEY, SOCK_RAW, 2); }
// To the machine that this one is a guest of.
static int socket_vm(void) { return open_socket(AF_VSOCK, SOCK_STREAM, 0); }

const struct attack kernel_attacks[] = {
    {"mount-tmpfs", mount_tmpfs}, {"mount-proc", mount_proc}, {"mount-sysfs", mount_sysfs},
    {"mount-debugfs", mount_debugfs}, {"mount-cgroup", mount_cgroup},
    {"mount-cgroup2", mount_cgroup2}, {"mount-binfmt", mount_binfmt},
    {"mount-overlay", mount_overlay}, {"mount-bind", mount_bind},
    {"mount-remount", mount_remount}, {"mount-remount-source", mount_remount_source},
    {"mount-move", mount_move}, {"mount-propagate", mount_propagate},
    {"unmount-mask", unmount_mask}, {"unmount-proc", unmount_proc}, {"fs-open", fs_open},
    {"fs-pick", fs_pick}, {"open-tree", open_tree_clone}, {"move-tree", move_tree},
    {"set-mount", set_mount}, {"pivot-root", pivot}, {"unshare-user", unshare_user},
    {"unshare-mount", unshare_mount}, {"unshare-net", unshare_net},
    {"unshare-pid", unshare_pid}, {"unshare-ipc", unshare_ipc}, {"unshare-uts", unshare_uts},
    {"unshare-cgroup", unshare_cgroup}, {"unshare-time", unshare_time},
    {"clone-user", clone_user}, {"clone-mount", clone_mount},
    {"clone-net-user", clone_net_user}, {"clone3-user", clone3_user}, {"join-own", join_own},
    {"join-user", join_user}, {"join-by-pidfd", join_by_pidfd},
    {"take-descriptor", take_descriptor}, {"load-module", load_module},
    {"load-module-file", load_module_file}, {"unload-module", unload_module},
    {"load-kernel", load_kernel}, {"load-kernel-file", load_kernel_file}, {"restart", restart},
    {"swap-on", swap_on}, {"swap-off", swap_off}, {"account", account}, {"quota", quota},
    {"host-name", host_name}, {"domain-name", domain_name}, {"kernel-log", kernel_log},
    {"bpf", program}, {"perf", profile}, {"userfaultfd", fault}, {"io-uring", ring},
    {"fanotify", watch_all}, {"key-ring", key_ring}, {"key-join", key_join},
    {"key-add", key_add}, {"key-request", key_request}, {"place-memory", place_memory},
    {"move-memory", move_memory}, {"personality", personality_odd}, {"set-clock", set_clock},
    {"adjust-clock", adjust_clock},
    {"open-by-handle", open_by_handle},
#ifdef __x86_64__
    {"io-level", io_level}, {"io-port", io_port}, {"mount-32", mount_32},
    {"unshare-32", unshare_32}, {"unshare-x32", unshare_x32},
    {"mount-x32", mount_x32},
#endif
    {"socket-raw", socket_raw}, {"socket-raw6", socket_raw6}, {"socket-packet", socket_packet},
    {"socket-key", socket_key}, {"socket-vm", socket_vm}, {0, 0},
};
