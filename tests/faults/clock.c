/* Preloaded into a process: its clock stands 400 days back as long as the file $CLOCK_BACK is there. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t back(void) {
    const char *file = getenv("CLOCK_BACK");
    return file && access(file, F_OK) == 0 ? (time_t)400 * 86400 : 0;
}

int clock_gettime(clockid_t id, struct timespec *found) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(id, found);
    if (!failed && id == CLOCK_REALTIME) found->tv_sec -= back();
    return failed;
}

int gettimeofday(struct timeval *found, void *zone) {
    int (*real)(struct timeval *, void *) = dlsym(RTLD_NEXT, "gettimeofday");
    int failed = real(found, zone);
    if (!failed) found->tv_sec -= back();
    return failed;
}

time_t time(time_t *found) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (found) *found = now.tv_sec;
    return now.tv_sec;
}
