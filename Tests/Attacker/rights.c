// More rights than the job was given, and ways out of its root.
#define _GNU_SOURCE
#include "attacker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define ADMIN 21

static int capability_set(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0) return errno;
    data[0].effective |= 1u << ADMIN;
    data[0].permitted |= 1u << ADMIN;
    return answer(syscall(SYS_capset, &header, data));
}
static int capability_ambient(void) { return answer(prctl(PR_CAP_AMBIENT, 2, ADMIN, 0, 0)); }
static int privileges_again(void) { return answer(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0)); }
static int raise_limit(int which) {
    struct rlimit limit;
    if (getrlimit(which, &limit) < 0) return errno;
    limit.rlim_max = which == RLIMIT_CORE ? 1 << 20 : limit.rlim_max + 1;
    return answer(setrlimit(which, &limit));
}
static int raise_core(void) { return raise_limit(RLIMIT_CORE); }
static int raise_files(void) { return raise_limit(RLIMIT_NOFILE); }
static int raise_priority(void) { return answer(setpriority(PRIO_PROCESS, 0, -20)); }
static int real_time(void) {
    struct sched_param parameters = {.sched_priority = 99};
    return answer(sched_setscheduler(0, SCHED_FIFO, &parameters));
}
static int spare_from_oom(void) {
    int fd = open("/proc/self/oom_score_adj", O_WRONLY);
    return fd < 0 ? errno : answer(write(fd, "-1000", 5));
}

// A file with a capability that its user does not have gives none (no_new_privs, bounding set).
static int capability_by_file(void) {
    char own[4096];
    int from = open("/proc/self/exe", O_RDONLY);
    int to = open("/tmp/capable", O_WRONLY | O_CREAT | O_TRUNC, 0755);
    for (ssize_t size; (size = read(from, own, sizeof own)) > 0;) {
        if (write(to, own, (size_t)size) != size) return ODD;
    }
    close(to);
    struct { unsigned magic, permitted, inheritable, permitted2, inheritable2; } value = {
        0x02000001, 1u << ADMIN, 0, 0, 0};
    if (setxattr("/tmp/capable", "security.capability", &value, sizeof value, 0) < 0)
        return errno;
    int channel[2];
    if (pipe(channel) < 0) return ODD;
    pid_t child = fork();
    if (child == 0) {
        dup2(channel[1], 1);
        execl("/tmp/capable", "capable", "identity", (char *)NULL);
        _exit(errno);
    }
    int status;
    waitpid(child, &status, 0);
    if (!WIFEXITED(status)) return ODD;
    if (WEXITSTATUS(status) != 0) return WEXITSTATUS(status);
    char said[200] = {0};
    if (read(channel[0], said, sizeof said - 1) <= 0) return ODD;
    unsigned long long effective = 0;
    sscanf(said, "%*d %*d %*d %*d %llx", &effective);
    return effective >> ADMIN & 1 ? 0 : CONTAINED;
}

// Out of a root by a folder that was open before (chroot(2)): the container's own root holds.
static int escape_by_chroot(void) {
    struct stat before, after;
    if (stat("/", &before) < 0) return ODD;
    mkdir("/tmp/cell", 0755);
    if (chroot("/tmp/cell") < 0) return errno;
    for (int level = 0; level < 64; level++) {
        if (chdir("..") < 0) return ODD;
    }
    if (chroot(".") < 0 || stat("/", &after) < 0) return ODD;
    return before.st_ino == after.st_ino && before.st_dev == after.st_dev ? CONTAINED : 0;
}

static int make_node(mode_t kind, unsigned major, unsigned minor) {
    unlink("/tmp/node");
    if (mknod("/tmp/node", kind | 0600, makedev(major, minor)) < 0) return errno;
    return answer(open("/tmp/node", O_RDWR));
}
static int node_memory(void) { return make_node(S_IFCHR, 1, 1); }
static int node_kernel_log(void) { return make_node(S_IFCHR, 1, 11); }
static int node_disk(void) { return make_node(S_IFBLK, 254, 0); }
static int node_sd(void) { return make_node(S_IFBLK, 8, 0); }
static int node_tun(void) { return make_node(S_IFCHR, 10, 200); }
static int node_fuse(void) { return make_node(S_IFCHR, 10, 229); }

// Words for overlayfs itself.
static int mark(const char *name) {
    mkdir("/tmp/marked", 0755);
    return answer(setxattr("/tmp/marked", name, "y", 1, 0));
}
static int mark_opaque(void) { return mark("trusted.overlay.opaque"); }
static int mark_redirect(void) { return mark("trusted.overlay.redirect"); }

const struct attack rights_attacks[] = {
    {"capability-set", capability_set}, {"capability-ambient", capability_ambient},
    {"capability-by-file", capability_by_file}, {"privileges-again", privileges_again},
    {"raise-core", raise_core}, {"raise-files", raise_files}, {"raise-priority", raise_priority},
    {"real-time", real_time}, {"spare-from-oom", spare_from_oom},
    {"escape-by-chroot", escape_by_chroot}, {"node-memory", node_memory},
    {"node-kernel-log", node_kernel_log}, {"node-disk", node_disk}, {"node-sd", node_sd},
    {"node-tun", node_tun}, {"node-fuse", node_fuse}, {"mark-opaque", mark_opaque},
    {"mark-redirect", mark_redirect}, {0, 0},
};
