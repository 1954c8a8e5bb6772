/* Starts a program again and again, and prints what each run cost.
 *
 *   launcher RUNS PROGRAM [ARGUMENT...]
 *
 * One line per run: exit code (128 + signal when killed), then nanoseconds of wall time, of CPU of the
 * program itself and of CPU with all commands it waited for, then its peak resident memory in KiB.
 *
 * Why a program of its own: the kernel counts what a parent had resident at the spawn as the child's
 * peak, so the parent must be small. And only C has both calls that are needed: the program's own CPU is
 * what its process clock says while it is dead and not yet waited for; the CPU including its commands is
 * what wait4 returns. The difference is what the commands cost.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static long long nanoseconds(struct timespec t) { return t.tv_sec * 1000000000LL + t.tv_nsec; }

static void check(int error, const char *what) {
    if (error) {
        fprintf(stderr, "launcher: %s: %s\n", what, strerror(error));
        exit(2);
    }
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fputs("usage: launcher RUNS PROGRAM [ARGUMENT...]\n", stderr);
        return 2;
    }
    posix_spawn_file_actions_t files;
    check(posix_spawn_file_actions_init(&files), "file actions");
    check(posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0), "file actions");
    check(posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0), "file actions");
    check(posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0), "file actions");

    for (int run = atoi(argv[1]); run > 0; run--) {
        struct timespec start, end, own;
        struct rusage usage;
        clockid_t process;
        siginfo_t info;
        pid_t child;
        int status;

        clock_gettime(CLOCK_MONOTONIC, &start);
        check(posix_spawn(&child, argv[2], &files, NULL, argv + 2, environ), argv[2]);
        check(clock_getcpuclockid(child, &process), "clock_getcpuclockid");
        if (waitid(P_PID, child, &info, WEXITED | WNOWAIT)) check(1, "waitid");
        clock_gettime(CLOCK_MONOTONIC, &end);
        if (clock_gettime(process, &own)) check(1, "clock_gettime");
        if (wait4(child, &status, 0, &usage) != child) check(1, "wait4");

        long long all = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000LL +
                        (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000LL;
        printf("%d %lld %lld %lld %ld\n", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
               nanoseconds(end) - nanoseconds(start), nanoseconds(own), all, usage.ru_maxrss);
        fflush(stdout);
    }
    return 0;
}
