/*
 * NVIDIA's driver (libcuda.so.1) without a GPU, for tests of what calls it: devices whose memory is the host's, and whose
 * kernels are shared objects that the emulated NVRTC makes with g++.
 *
 * The environment says what there is: EMULATED_GPUS has the devices' compute capabilities (90), EMULATED_DRIVER the version
 * (13000), EMULATED_INIT what cuInit returns (0), EMULATED_ROW how many groups a row of a grid may have (2^31 - 1).
 *
 * It is as unhelpful as a driver may be:
 * - What is put into a stream runs only when a call waits for it, or when MOST_QUEUED commands wait.
 * - Without a current context calls fail. So they do with handles that are destroyed, were never made, or are another
 *   context's.
 * - Memory is freed at once, whatever waits in streams: to touch it then is a fault.
 * - New memory is full of garbage (NaN, -1). After its end comes a page that nobody may touch, and no other device's may be:
 *   a kernel that does has faulted, and from then on every call in its context fails with CUDA_ERROR_ILLEGAL_ADDRESS.
 * - Code is for one architecture, or PTX for all from one on. Loading it takes free memory.
 * - A group must have the size that the kernel was compiled for, its parameters exactly the bytes that it takes, and its
 *   threads all come to each barrier. Every other group runs its threads in reverse.
 * - What is left over when the context's last user releases it is counted on stderr.
 *
 * Not emulated: functions that are not here (the loader ends the process with their name), a third dimension of
 * grids, groups of more than one, concurrency of any kind: commands run one after another, on the thread that waits.
 */
#define _GNU_SOURCE
#include "emulator.h"

#include <dlfcn.h>
#include <elf.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum {
    SUCCESS = 0,
    INVALID_VALUE = 1,
    OUT_OF_MEMORY = 2,
    NOT_INITIALIZED = 3,
    INVALID_DEVICE = 101,
    INVALID_IMAGE = 200,
    INVALID_CONTEXT = 201,
    NO_BINARY_FOR_GPU = 209,
    INVALID_HANDLE = 400,
    NOT_FOUND = 500,
    NOT_READY = 600,
    ILLEGAL_ADDRESS = 700,
    LAUNCH_FAILED = 719
};

#define MEMORY ((size_t) 1 << 30)
#define CODE ((size_t) 64 << 20)
#define MOST_DEVICES 8
#define DISABLE_TIMING 2
#define ROWS 65535
#define MOST_QUEUED 64
#define MOST_THREADS 1024
#define STACK (64 << 10)
#define PAGE 4096

/* ---- handles and memory; all state belongs to whoever holds the lock */

typedef enum { STREAM, EVENT, MODULE, FUNCTION, KINDS } Kind;

/* What a handle points to. It stays when it is destroyed, so that later uses are noticed. */
typedef struct Object {
    Kind kind;
    int device;
    int alive;
    struct Object* next;
    /* An event's last record. */
    struct Object* stream;
    long ticket;
    double reached;
    unsigned flags;
    /* A module's or a function's. */
    void* library;
    void (*threads)(const char* parameters, unsigned first, unsigned end);
    unsigned *thread, *group, *grid;
    long parameters;
    unsigned size;
    int barriers;
} Object;

typedef struct Memory {
    char *start, *map;
    size_t size, mapped;
    int device;
    int host;
    struct Memory* next;
} Memory;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Object* objects;
static Memory* memories;
static int initialized;

/* What waits in streams. */
static struct Command {
    Object* stream;
    long ticket;
    void (*run)(void* data);
    void* data;
} queue[MOST_QUEUED];

static int queued;
static long tickets;

/* A device and its primary context: each that is released makes place for another, whose generation is greater. */
static struct Device {
    int capability;
    int users, failure;
    long generation;
    size_t used;
} devices[MOST_DEVICES];

static int device_count;
static __thread int here; /* the device of the current context */
static __thread long current; /* its generation, 0 for none */

static void leave(int* held) {
    (void) held;
    pthread_mutex_unlock(&lock);
}

static int enter(void) {
    pthread_mutex_lock(&lock);
    return !initialized ? NOT_INITIALIZED : SUCCESS;
}

static int refusal(int entered) {
    struct Device* d = &devices[here];
    return entered ? entered : !current || !d->users || current != d->generation ? INVALID_CONTEXT : d->failure;
}

/* The start of a call: takes the lock until it returns. */
#define CALL \
    __attribute__((cleanup(leave))) int entered = enter(); \
    if (entered) { \
        return entered; \
    }

/* The start of a call about a device. */
#define CALL_FOR(device) \
    CALL \
    if (device < 0 || device >= device_count) { \
        return INVALID_DEVICE; \
    }

/* The start of a call that needs a context. */
#define CALL_IN_CONTEXT \
    __attribute__((cleanup(leave))) int entered = enter(); \
    if (refusal(entered)) { \
        return refusal(entered); \
    }

int emulated_refusal(void) {
    CALL_IN_CONTEXT
    return SUCCESS;
}

static Object* make(Kind kind) {
    Object* object = calloc(1, sizeof(Object));
    object->kind = kind;
    object->device = here;
    object->alive = 1;
    object->next = objects;
    return objects = object;
}

static int is(Object* handle, Kind kind) {
    Object* o = objects;
    while (o && o != handle) {
        o = o->next;
    }
    return o && o->kind == kind && o->device == here && o->alive;
}

static Memory* memory(const void* start, size_t size) {
    const char* s = start;
    Memory* m = memories;
    while (m && !(s >= m->start && s + size <= m->start + m->size)) {
        m = m->next;
    }
    return m;
}

static int allocate(void** start, size_t size, int host) {
    if (size == 0) {
        return INVALID_VALUE;
    }
    if (size > MEMORY || (!host && devices[here].used + size > MEMORY)) {
        return OUT_OF_MEMORY;
    }
    Memory* m = calloc(1, sizeof(Memory));
    size_t pages = (size + PAGE - 1) / PAGE * PAGE;
    m->mapped = pages + PAGE;
    m->map = mmap(NULL, m->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (m->map == MAP_FAILED) {
        free(m);
        return OUT_OF_MEMORY;
    }
    mprotect(m->map + pages, PAGE, PROT_NONE);
    m->start = m->map + (pages - (size + 15) / 16 * 16); /* the page begins right behind */
    m->size = size;
    m->device = here;
    m->host = host;
    memset(m->map, 0xff, pages);
    devices[here].used += host ? 0 : size;
    m->next = memories;
    memories = m;
    *start = m->start;
    return SUCCESS;
}

static int release(void* start, int host) {
    for (Memory** m = &memories; *m; m = &(*m)->next) {
        if ((*m)->start == start && (*m)->device == here && (*m)->host == host) {
            Memory* gone = *m;
            *m = gone->next;
            devices[here].used -= host ? 0 : gone->size;
            if (queued) { /* what waits must not find other memory in its place */
                mmap(gone->map, gone->mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
            } else {
                munmap(gone->map, gone->mapped);
            }
            free(gone);
            return SUCCESS;
        }
    }
    fprintf(stderr, "emulator: %p is freed and was not allocated\n", start);
    return INVALID_VALUE;
}

/* ---- running what waits in streams */

static pthread_t runner;
static sigjmp_buf fault;
static struct sigaction before;

static void on_fault(int signal, siginfo_t* info, void* where) {
    if (pthread_equal(pthread_self(), runner)) {
        siglongjmp(fault, 1);
    }
    before.sa_sigaction(signal, info, where); /* Java's: another thread's fault is none of ours */
}

/* Lets nobody touch the other devices' memory, or everybody. */
static void protect_others(int device, int access) {
    for (Memory* m = memories; m; m = m->next) {
        if (m->device != device && !m->host) {
            mprotect(m->map, m->mapped - PAGE, access);
        }
    }
}

/* Runs a command; a fault ends it. */
static void run(struct Command* command) {
    int device = command->stream->device;
    protect_others(device, PROT_NONE);
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    runner = pthread_self();
    if (sigsetjmp(fault, 1) == 0) {
        sigaction(SIGSEGV, &action, &before);
        command->run(command->data);
    } else {
        devices[device].failure = ILLEGAL_ADDRESS;
    }
    sigaction(SIGSEGV, &before, NULL);
    protect_others(device, PROT_READ | PROT_WRITE);
    free(command->data);
}

/* Runs what waits in a stream, or in all for NULL, up to a ticket. */
static void drain(Object* stream, long ticket) {
    int kept = 0;
    for (int i = 0; i < queued; i++) {
        struct Command command = queue[i];
        if ((stream && command.stream != stream) || command.ticket > ticket) {
            queue[kept++] = command;
        } else if (devices[command.stream->device].failure) {
            free(command.data);
        } else {
            run(&command);
        }
    }
    queued = kept;
}

static void start(Object* stream, void (*run)(void* data), void* data) {
    if (queued == MOST_QUEUED) {
        drain(NULL, tickets);
    }
    queue[queued++] = (struct Command) {stream, ++tickets, run, data};
}

int emulated_start(void* stream, void (*run)(void* data), void* data) {
    CALL_IN_CONTEXT
    if (!is(stream, STREAM)) {
        return INVALID_HANDLE;
    }
    start(stream, run, data);
    return SUCCESS;
}

/* ---- the device and its context */

static int setting(const char* name, int otherwise) {
    const char* value = getenv(name);
    return value ? atoi(value) : otherwise;
}

int cuInit(unsigned flags) {
    int refused = flags ? INVALID_VALUE : setting("EMULATED_INIT", SUCCESS);
    pthread_mutex_lock(&lock);
    if (!initialized && !refused) {
        const char* gpus = getenv("EMULATED_GPUS");
        for (const char* at = gpus ? gpus : "90"; *at && device_count < MOST_DEVICES; at += strspn(at, ",")) {
            devices[device_count++] = (struct Device) {.capability = strtol(at, (char**) &at, 10), .generation = 1};
        }
        initialized = 1;
    }
    pthread_mutex_unlock(&lock);
    return refused;
}

int cuDriverGetVersion(int* version) {
    *version = setting("EMULATED_DRIVER", 13000);
    return SUCCESS;
}

int cuDeviceGetCount(int* count) {
    CALL
    *count = device_count;
    return SUCCESS;
}

int cuDeviceGet(int* device, int ordinal) {
    CALL_FOR(ordinal)
    *device = ordinal;
    return SUCCESS;
}

int cuDeviceGetName(char* name, int size, int device) {
    CALL_FOR(device)
    snprintf(name, size, "Emulated GPU");
    return SUCCESS;
}

int cuDeviceTotalMem_v2(size_t* bytes, int device) {
    CALL_FOR(device)
    *bytes = MEMORY;
    return SUCCESS;
}

int cuMemGetInfo_v2(size_t* left, size_t* all) {
    CALL_IN_CONTEXT
    *left = MEMORY - devices[here].used;
    *all = MEMORY;
    return SUCCESS;
}

int cuDeviceGetAttribute(int* value, int attribute, int device) {
    CALL_FOR(device)
    switch (attribute) {
        case 5: /* the most groups in a row, and the most rows */
            *value = setting("EMULATED_ROW", INT32_MAX);
            break;
        case 6:
            *value = ROWS;
            break;
        case 16: /* multiprocessors */
            *value = 4;
            break;
        case 75: /* compute capability */
            *value = devices[device].capability / 10;
            break;
        case 76:
            *value = devices[device].capability % 10;
            break;
        default:
            fprintf(stderr, "emulator: attribute %d is not emulated\n", attribute);
            return INVALID_VALUE;
    }
    return SUCCESS;
}

int cuDevicePrimaryCtxRetain(void** result, int device) {
    CALL_FOR(device)
    devices[device].users++;
    *result = &devices[device];
    return SUCCESS;
}

int cuDevicePrimaryCtxRelease_v2(int device) {
    CALL_FOR(device)
    struct Device* d = &devices[device];
    if (d->users == 0) {
        return INVALID_CONTEXT;
    }
    if (--d->users > 0) {
        return SUCCESS;
    }
    drain(NULL, tickets);
    here = device;
    int left[KINDS + 2] = {0};
    for (Object* o = objects; o; o = o->next) {
        if (o->device == device) {
            left[o->kind] += o->alive && o->kind != FUNCTION;
            o->alive = 0;
        }
    }
    for (Memory *m = memories, *next; m; m = next) {
        next = m->next;
        if (m->device == device) {
            left[KINDS + m->host]++;
            release(m->start, m->host);
        }
    }
    const char* names[] = {"streams", "events", "modules", "", "allocations", "host allocations"};
    for (int i = 0; i < KINDS + 2; i++) {
        if (left[i] && !d->failure) { /* in a context that has failed nothing can be given back */
            fprintf(stderr, "emulator: %d %s left over\n", left[i], names[i]);
        }
    }
    d->generation++;
    return d->failure;
}

int cuCtxSetCurrent(struct Device* wanted) {
    CALL
    if (!wanted) {
        current = 0;
        return SUCCESS;
    }
    if (wanted < devices || wanted >= devices + device_count || !wanted->users) {
        return INVALID_CONTEXT;
    }
    here = wanted - devices;
    current = wanted->generation;
    return SUCCESS;
}

/* ---- memory, streams and events */

int cuMemAlloc_v2(void** start, size_t size) {
    CALL_IN_CONTEXT
    return allocate(start, size, 0);
}

int cuMemFree_v2(void* start) {
    CALL_IN_CONTEXT
    return release(start, 0);
}

int cuMemAllocHost_v2(void** start, size_t size) {
    CALL_IN_CONTEXT
    return allocate(start, size, 1);
}

int cuMemFreeHost(void* start) {
    CALL_IN_CONTEXT
    return release(start, 1);
}

int cuStreamCreate(Object** stream, unsigned flags) {
    CALL_IN_CONTEXT
    *stream = make(STREAM);
    return flags > 1 ? INVALID_VALUE : SUCCESS;
}

int cuStreamDestroy_v2(Object* stream) {
    CALL_IN_CONTEXT
    if (!is(stream, STREAM)) {
        return INVALID_HANDLE;
    }
    drain(stream, tickets);
    stream->alive = 0;
    return devices[here].failure;
}

int cuStreamSynchronize(Object* stream) {
    CALL_IN_CONTEXT
    if (!is(stream, STREAM)) {
        return INVALID_HANDLE;
    }
    drain(stream, tickets);
    return devices[here].failure;
}

int cuStreamQuery(Object* stream) {
    CALL_IN_CONTEXT
    if (!is(stream, STREAM)) {
        return INVALID_HANDLE;
    }
    for (int i = 0; i < queued; i++) {
        if (queue[i].stream == stream) {
            return NOT_READY;
        }
    }
    return SUCCESS;
}

int cuEventCreate(Object** event, unsigned flags) {
    CALL_IN_CONTEXT
    *event = make(EVENT);
    (*event)->flags = flags;
    return flags > 7 ? INVALID_VALUE : SUCCESS;
}

int cuEventDestroy_v2(Object* event) {
    CALL_IN_CONTEXT
    if (!is(event, EVENT)) {
        return INVALID_HANDLE;
    }
    event->alive = 0;
    return SUCCESS;
}

/* Handles stay until the end, so that a command may come after its event was destroyed. */
static void reach(void* data) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    (*(Object**) data)->reached = now.tv_sec + now.tv_nsec * 1e-9;
}

int cuEventRecord(Object* event, Object* stream) {
    CALL_IN_CONTEXT
    if (!is(event, EVENT) || !is(stream, STREAM)) {
        return INVALID_HANDLE;
    }
    if (!(event->flags & DISABLE_TIMING)) {
        Object** reached = malloc(sizeof(Object*));
        *reached = event;
        start(stream, reach, reached);
    }
    event->stream = stream;
    event->ticket = tickets; /* that of the command before */
    return SUCCESS;
}

int cuEventElapsedTime(float* milliseconds, Object* begin, Object* end) {
    CALL_IN_CONTEXT
    if (!is(begin, EVENT) || !is(end, EVENT) || !begin->stream || !end->stream
            || ((begin->flags | end->flags) & DISABLE_TIMING)) {
        return INVALID_HANDLE;
    }
    for (int i = 0; i < queued; i++) {
        if ((queue[i].stream == begin->stream && queue[i].ticket <= begin->ticket)
                || (queue[i].stream == end->stream && queue[i].ticket <= end->ticket)) {
            return NOT_READY;
        }
    }
    *milliseconds = (float) ((end->reached - begin->reached) * 1e3);
    return SUCCESS;
}

int cuEventSynchronize(Object* event) {
    CALL_IN_CONTEXT
    if (!is(event, EVENT)) {
        return INVALID_HANDLE;
    }
    if (event->stream) {
        drain(event->stream, event->ticket);
    }
    return devices[here].failure;
}

typedef struct {
    void* to;
    const void* from;
    size_t size;
} Copy;

static void copy(void* data) {
    Copy* c = data;
    memcpy(c->to, c->from, c->size);
}

static int start_copy(void* to, const void* from, size_t size, Object* stream) {
    if (!is(stream, STREAM)) {
        return INVALID_HANDLE;
    }
    Copy* c = malloc(sizeof(Copy));
    *c = (Copy) {to, from, size};
    start(stream, copy, c);
    return SUCCESS;
}

static int on_device(const void* start, size_t size) {
    Memory* m = memory(start, size);
    return m && m->device == here && !m->host;
}

int cuMemcpyHtoDAsync_v2(void* to, const void* from, size_t size, Object* stream) {
    CALL_IN_CONTEXT
    return on_device(to, size) ? start_copy(to, from, size, stream) : INVALID_VALUE;
}

int cuMemcpyDtoHAsync_v2(void* to, const void* from, size_t size, Object* stream) {
    CALL_IN_CONTEXT
    return on_device(from, size) ? start_copy(to, from, size, stream) : INVALID_VALUE;
}

/* ---- modules */

/* Loads a shared object, behind eight bytes that say for what it is. Its own header says how long it is. */
int cuModuleLoadData(Object** module, const char* image) {
    CALL_IN_CONTEXT
    int exactly = 0;
    int least = 0;
    if (sscanf(image, "sm_%d", &exactly) != 1 && sscanf(image, "ptx_%d", &least) != 1) {
        return INVALID_IMAGE;
    }
    if ((exactly && exactly != devices[here].capability) || least > devices[here].capability) {
        return NO_BINARY_FOR_GPU;
    }
    if (devices[here].used + CODE > MEMORY) {
        return OUT_OF_MEMORY;
    }
    image += 8;
    if (memcmp(image, ELFMAG, SELFMAG) != 0) {
        return INVALID_IMAGE;
    }
    const Elf64_Ehdr* header = (const Elf64_Ehdr*) image;
    size_t size = header->e_shoff + (size_t) header->e_shentsize * header->e_shnum;
    char name[PAGE];
    const char* folder = getenv("TMPDIR");
    snprintf(name, sizeof name, "%s/moduleXXXXXX", folder ? folder : "/tmp");
    int file = mkstemp(name);
    int written = file >= 0 && write(file, image, size) == (ssize_t) size;
    close(file);
    void* library = written ? dlopen(name, RTLD_NOW | RTLD_LOCAL) : NULL;
    unlink(name);
    if (!library) {
        fprintf(stderr, "emulator: %s\n", written ? dlerror() : name);
        return INVALID_IMAGE;
    }
    *module = make(MODULE);
    (*module)->library = library;
    return SUCCESS;
}

int cuModuleUnload(Object* module) {
    CALL_IN_CONTEXT
    if (!is(module, MODULE)) {
        return INVALID_HANDLE;
    }
    drain(NULL, tickets);
    for (Object* o = objects; o; o = o->next) {
        o->alive &= o->library != module->library;
    }
    dlclose(module->library);
    return SUCCESS;
}

static void* symbol(Object* module, const char* prefix, const char* name) {
    char whole[256];
    snprintf(whole, sizeof whole, "%s%s", prefix, name);
    return dlsym(module->library, whole);
}

static void barrier(void);

int cuModuleGetFunction(Object** function, Object* module, const char* name) {
    CALL_IN_CONTEXT
    if (!is(module, MODULE)) {
        return INVALID_HANDLE;
    }
    void* threads = symbol(module, "threads_", name);
    if (!threads) {
        return NOT_FOUND;
    }
    Object* f = make(FUNCTION);
    f->library = module->library;
    f->threads = threads;
    f->thread = symbol(module, "", "threadIdx");
    f->group = symbol(module, "", "blockIdx");
    f->grid = symbol(module, "", "gridDim");
    f->parameters = *(long*) symbol(module, "parameters_", name);
    f->size = *(unsigned*) symbol(module, "size_", name);
    f->barriers = *(int*) symbol(module, "barriers_", name);
    *(void (**)(void)) symbol(module, "", "emulated_barrier") = barrier;
    *function = f;
    return SUCCESS;
}

/* ---- kernels */

typedef struct {
    Object* function;
    unsigned groups, rows;
    char parameters[];
} Launch;

/* Threads with barriers: one stack each, which stays, and who runs goes on until its next barrier or its end. */
static struct {
    Launch* launch;
    unsigned thread;
    unsigned finished;
    jmp_buf scheduler;
    jmp_buf at[MOST_THREADS];
    char begun[MOST_THREADS];
} team;

static char stacks[MOST_THREADS][STACK] __attribute__((aligned(64)));

static void barrier(void) {
    if (_setjmp(team.at[team.thread]) == 0) {
        _longjmp(team.scheduler, 1);
    }
    *team.launch->function->thread = team.thread;
}

static void thread_main(void) {
    for (;;) {
        team.launch->function->threads(team.launch->parameters, team.thread, team.thread + 1);
        team.finished++;
        barrier(); /* until the next group */
    }
}

static void step(unsigned thread) {
    team.thread = thread;
    if (_setjmp(team.scheduler) != 0) {
        return;
    }
    if (team.begun[thread]) {
        _longjmp(team.at[thread], 1);
    }
    team.begun[thread] = 1;
    ucontext_t fresh;
    getcontext(&fresh);
    fresh.uc_stack.ss_sp = stacks[thread];
    fresh.uc_stack.ss_size = STACK;
    makecontext(&fresh, thread_main, 0);
    setcontext(&fresh);
}

static void run_team(Launch* launch, int reversed) {
    unsigned size = launch->function->size;
    team.launch = launch;
    team.finished = 0;
    while (team.finished == 0) {
        for (unsigned i = 0; i < size; i++) {
            step(reversed ? size - 1 - i : i);
            if (team.finished != 0 && team.finished != i + 1) {
                fprintf(stderr, "emulator: not all threads come to a barrier\n");
                devices[launch->function->device].failure = LAUNCH_FAILED;
                return;
            }
        }
    }
}

static void run_kernel(void* data) {
    Launch* launch = data;
    Object* f = launch->function;
    f->grid[0] = launch->groups;
    f->grid[1] = launch->rows;
    unsigned long all = (unsigned long) launch->groups * launch->rows;
    for (unsigned long group = 0; group < all && !devices[f->device].failure; group++) {
        f->group[0] = group % launch->groups;
        f->group[1] = group / launch->groups;
        if (f->barriers) {
            run_team(launch, group & 1);
        } else {
            f->threads(launch->parameters, 0, f->size);
        }
    }
}

int cuLaunchKernel(
        Object* function,
        unsigned groups,
        unsigned groups_y,
        unsigned groups_z,
        unsigned threads,
        unsigned threads_y,
        unsigned threads_z,
        unsigned shared,
        Object* stream,
        void** parameters,
        void** extra) {
    CALL_IN_CONTEXT
    if (!is(function, FUNCTION) || !is(stream, STREAM)) {
        return INVALID_HANDLE;
    }
    int flat = groups_z == 1 && threads_y == 1 && threads_z == 1 && shared == 0;
    int fits = groups > 0 && groups <= (unsigned) setting("EMULATED_ROW", INT32_MAX) && groups_y > 0 && groups_y <= ROWS;
    if (!flat || !fits || threads != function->size || parameters || !extra) {
        fprintf(stderr, "emulator: a launch of %u x %u groups of %u\n", groups, groups_y, threads);
        return INVALID_VALUE;
    }
    const char* buffer = NULL;
    size_t size = 0;
    for (; *extra; extra += 2) {
        if (*extra == (void*) 1) {
            buffer = extra[1];
        } else if (*extra == (void*) 2) {
            size = *(size_t*) extra[1];
        } else {
            return INVALID_VALUE;
        }
    }
    if (!buffer || size != (size_t) function->parameters) {
        fprintf(stderr, "emulator: a kernel takes %ld bytes and got %zu\n", function->parameters, size);
        return INVALID_VALUE;
    }
    Launch* launch = malloc(sizeof(Launch) + size);
    launch->function = function;
    launch->groups = groups;
    launch->rows = groups_y;
    memcpy(launch->parameters, buffer, size);
    start(stream, run_kernel, launch);
    return SUCCESS;
}
