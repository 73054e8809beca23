/* A made-up NVIDIA driver, libcuda.so.1, for tests on machines without a GPU.
 *
 * It answers what PyCUDA calls: contexts on a stack for each thread, streams and events, memory on the GPU and pinned
 * memory. Work on a stream is carried out at once or, with lazy=1, only when somebody waits for it. Each mistake that a
 * real driver would punish by wrong results or a crash is noted as a fault: calls without a context, accesses beyond
 * the bounds of memory or after it was freed, memory freed while work on it is pending, pinned memory changed before it
 * was copied, work of two streams on the same memory that no event and nobody's waiting puts in order, objects of another
 * context. A clock in arbitrary units tells what overlaps on a GPU with one engine for each direction of copies and one for
 * kernels.
 *
 * Settings come from the environment variable CUDA_BENCH ("lazy=1,gpus=2") or from bench_set. Functions that PyCUDA
 * links against but fervid does not call (unused.h) return CUDA_ERROR_NOT_SUPPORTED.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API __attribute__((visibility("default")))

enum { OK = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NOT_INITIALIZED = 3, NO_DEVICE = 100, INVALID_DEVICE = 101,
       INVALID_CONTEXT = 201, INVALID_HANDLE = 400, NOT_READY = 600, ILLEGAL_ADDRESS = 700, NOT_SUPPORTED = 801 };
enum { COPY_IN, COPY_OUT, KERNEL, RECORD, WAIT, MARKS };
static const char *const KINDS[] = {"copy in", "copy out", "kernel"};
static const int DURATIONS[] = {10, 4, 20};
#define GPU_BIT (1ull << 62) /* set in addresses on the GPU, so that a host that follows one crashes */
#define MOST_GPUS 8
#define MOST_STREAMS 256 /* numbers of streams from there on are used again */

typedef struct Context { int gpu, users, error; long used; struct Context *next; } Context;
typedef struct Memory {
    char *base; size_t size; int pinned, live, owned; Context *context; struct Memory *next;
} Memory;
typedef struct Stream Stream;
typedef struct Work {
    int kind; long number; char *to, *from; size_t size; void *staged;
    int count, bytes, classes; unsigned sum; Stream *awaited; long awaited_number; struct Work *next;
} Work;
typedef struct { long upto[MOST_STREAMS]; } Past; /* for each stream, the number of the last work that is surely done */
struct Stream {
    Context *context; int name, live, ready; long queued, done; Work *first, *last; Past past; struct Stream *next;
};
typedef struct Event {
    Context *context; int live, time; Stream *stream; long number; unsigned flags; Past past; struct Event *next;
} Event;
typedef struct Access { int kind, stream, writes; long number; uintptr_t from, past; struct Access *next; } Access;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long lazy, gpus, capability, memory_limit, init_error, version;
static int initialised, now, engines[3], streams_made, visible[MOST_GPUS], visible_count;
static Context *contexts, *primary[MOST_GPUS];
static Memory *memories;
static Stream *streams;
static Event *events;
static Access *accesses;
static Past waited_for; /* by the processor */
static __thread Context *stack[32];
static __thread int depth;
static char faults[1 << 16], trace[1 << 18];
static struct { char name[64]; int code, after, sticky; } failure;

static void fault(const char *format, ...) {
    size_t used = strlen(faults);
    va_list list;
    va_start(list, format);
    vsnprintf(faults + used, sizeof faults - used - 1, format, list);
    va_end(list);
    strcat(faults, "\n");
}

static Context *current(void) { return depth ? stack[depth - 1] : NULL; }

/* The error that a call must return: that of a driver that was not initialised, a dead context, or an injected one. */
static int injected(const char *name) {
    if (failure.name[0] && !strcmp(failure.name, name) && failure.after-- == 0) {
        failure.name[0] = 0;
        if (failure.sticky && current()) current()->error = failure.code;
        return failure.code;
    }
    return OK;
}

static int begin(const char *name, int needs_context) {
    pthread_mutex_lock(&lock);
    int error = injected(name);
    if (!error && !initialised) { fault("%s before cuInit", name); error = NOT_INITIALIZED; }
    if (!error && needs_context) {
        if (!current()) { fault("%s without a context", name); error = INVALID_CONTEXT; }
        else error = current()->error;
    }
    if (error) pthread_mutex_unlock(&lock);
    return error;
}
static int end(int result) { pthread_mutex_unlock(&lock); return result; }
#define BEGIN(needs_context) do { int e = begin(__func__, needs_context); if (e) return e; } while (0)

static Memory *find(const void *address, size_t size, int pinned) {
    uintptr_t at = (uintptr_t)address;
    for (Memory *m = memories; m; m = m->next) {
        uintptr_t base = (uintptr_t)m->base | (m->pinned ? 0 : GPU_BIT);
        if (m->live && m->pinned == pinned && at >= base && at + size <= base + m->size) return m;
    }
    return NULL;
}
static char *on_host(const void *address) { return (char *)((uintptr_t)address & ~GPU_BIT); }

static int check_gpu(const char *name, const void *address, size_t size) {
    if (find(address, size, 0)) return OK;
    fault("%s: %zu bytes lie beyond the bounds of memory on the GPU, or it was freed", name, size);
    return INVALID_VALUE;
}

/* ---- the order of work ---- */

static void learn(Past *past, const Past *other) {
    for (int i = 0; i < MOST_STREAMS; i++) if (other->upto[i] > past->upto[i]) past->upto[i] = other->upto[i];
}

static void reach(Past *past, int stream, long number) {
    long *upto = &past->upto[stream % MOST_STREAMS];
    if (number > *upto) *upto = number;
}

/* Note that work reads or writes memory, and compare it with all work on that memory that may run at the same time. */
static void access(Stream *s, const Work *w, const void *address, size_t size, int writes) {
    uintptr_t from = (uintptr_t)on_host(address);
    for (Access *a = accesses; a; a = a->next)
        if ((a->writes || writes) && a->from < from + size && from < a->past && a->stream != s->name &&
            a->number > s->past.upto[a->stream % MOST_STREAMS])
            fault("%s on stream %d may run at the same time as %s on stream %d, on the same memory", KINDS[w->kind],
                  s->name, KINDS[a->kind], a->stream);
    Access *made = malloc(sizeof *made);
    *made = (Access){w->kind, s->name, writes, w->number, from, from + size, accesses};
    accesses = made;
}

static unsigned sum_of(const void *bytes, size_t size) {
    unsigned sum = 2166136261u;
    for (size_t i = 0; i < size; i++) sum = (sum ^ ((const unsigned char *)bytes)[i]) * 16777619u;
    return sum;
}

/* ---- work on streams ---- */

/* The network of the tests: row[c] is the share of the bytes at positions c, c + classes, ... in their sum. */
static int compute(Stream *s, Work *w) {
    int error = injected("kernel");
    if (error) return error;
    if (!find(w->from, (size_t)w->count * w->bytes, 0) ||
        !find(w->to, (size_t)w->count * w->classes * sizeof(float), 0)) {
        fault("kernel: an access beyond the bounds of memory on the GPU");
        return ILLEGAL_ADDRESS;
    }
    const unsigned char *crops = (unsigned char *)on_host(w->from);
    float *rows = (float *)on_host(w->to);
    for (int i = 0; i < w->count; i++) {
        double sums[64] = {0}, whole = 0;
        for (int j = 0; j < w->bytes; j++) sums[j % w->classes] += crops[(size_t)i * w->bytes + j];
        for (int c = 0; c < w->classes; c++) whole += sums[c] += 1;
        for (int c = 0; c < w->classes; c++) rows[(size_t)i * w->classes + c] = (float)(sums[c] / whole);
    }
    (void)s;
    return OK;
}

static int complete(Stream *s, long number) {
    while (s->first && s->done < number && !s->context->error) {
        Work *w = s->first;
        int error = OK;
        if (w->kind == WAIT) {
            if (w->awaited) error = complete(w->awaited, w->awaited_number);
        } else if (w->kind == COPY_IN) {
            if (!w->staged && sum_of(w->from, w->size) != w->sum) fault("pinned memory changed before it was copied");
            memcpy(on_host(w->to), w->staged ? w->staged : w->from, w->size);
        }
        else if (w->kind == COPY_OUT) memcpy(w->to, on_host(w->from), w->size);
        else if (w->kind == KERNEL) error = compute(s, w);
        if (error) { s->context->error = error; return error; }
        s->first = w->next;
        if (!s->first) s->last = NULL;
        s->done = w->number;
        free(w->staged);
        free(w);
    }
    return s->context->error;
}

static int enqueue(Stream *s, Work work) {
    Work *w = malloc(sizeof *w);
    *w = work;
    w->next = NULL;
    w->number = ++s->queued;
    learn(&s->past, &waited_for);
    if (w->kind <= KERNEL) {
        int is_kernel = w->kind == KERNEL;
        if (!w->staged) access(s, w, w->from, is_kernel ? (size_t)w->count * w->bytes : w->size, 0);
        access(s, w, w->to, is_kernel ? (size_t)w->count * w->classes * sizeof(float) : w->size, 1);
    }
    if (s->last) s->last->next = w; else s->first = w;
    s->last = w;
    if (w->kind <= KERNEL) {
        int *engine = &engines[w->kind], start = now;
        if (s->ready > start) start = s->ready;
        if (*engine > start) start = *engine;
        s->ready = *engine = start + DURATIONS[w->kind];
        size_t used = strlen(trace);
        snprintf(trace + used, sizeof trace - used, "%s,%d,%d,%d\n", KINDS[w->kind], s->name, start, s->ready);
    }
    return lazy ? OK : complete(s, w->number);
}

static Stream *stream_of(const char *name, void *handle) {
    for (Stream *s = streams; s; s = s->next)
        if (s == handle && s->live) {
            if (s->context == current()) return s;
            fault("%s with a stream of another context", name);
            return NULL;
        }
    fault("%s with a stream that does not exist", name);
    return NULL;
}
#define STREAM(handle) Stream *s = stream_of(__func__, handle); if (!s) return end(INVALID_HANDLE)

static Event *event_of(const char *name, void *handle) {
    for (Event *e = events; e; e = e->next)
        if (e == handle && e->live) {
            if (e->context == current()) return e;
            fault("%s with an event of another context", name);
            return NULL;
        }
    fault("%s with an event that does not exist", name);
    return NULL;
}
#define EVENT(handle) Event *e = event_of(__func__, handle); if (!e) return end(INVALID_HANDLE)

static int finish(Context *context) {
    for (Stream *s = streams; s; s = s->next)
        if (s->context == context) {
            int error = complete(s, s->queued);
            if (error) return error;
            if (s->ready > now) now = s->ready;
            reach(&waited_for, s->name, s->queued);
        }
    return OK;
}

static void check_pending(Memory *m) {
    uintptr_t base = (uintptr_t)m->base, past = base + m->size;
    for (Stream *s = streams; s; s = s->next)
        for (Work *w = s->first; w; w = w->next) {
            uintptr_t from = (uintptr_t)on_host(w->from), to = (uintptr_t)on_host(w->to);
            if (w->kind <= KERNEL && ((from >= base && from < past && !w->staged) || (to >= base && to < past))) {
                fault("memory freed while work on it is pending (%s)", KINDS[w->kind]);
                return;
            }
        }
}

/* ---- the driver and its GPUs ---- */

API int cuInit(unsigned flags) {
    pthread_mutex_lock(&lock);
    const char *list = getenv("CUDA_VISIBLE_DEVICES");
    visible_count = 0;
    if (!list) while (visible_count < gpus) visible[visible_count] = visible_count, visible_count++;
    else for (char *at = (char *)list, *next; visible_count < MOST_GPUS; at = next + (*next == ',')) {
        long index = strtol(at, &next, 10);
        if (next == at || index < 0 || index >= gpus) break;
        visible[visible_count++] = (int)index;
    }
    int error = flags ? INVALID_VALUE : init_error ? (int)init_error : visible_count ? OK : NO_DEVICE;
    if (!error) initialised = 1;
    return end(error);
}
API int cuDriverGetVersion(int *result) { *result = (int)version; return OK; }
API int cuDeviceGetCount(int *count) { BEGIN(0); *count = visible_count; return end(OK); }
API int cuDeviceGet(int *device, int ordinal) {
    BEGIN(0);
    if (ordinal < 0 || ordinal >= visible_count) return end(INVALID_DEVICE);
    *device = ordinal;
    return end(OK);
}
API int cuDeviceGetName(char *name, int size, int device) {
    BEGIN(0);
    snprintf(name, (size_t)size, "Made-up GPU %d", visible[device]);
    return end(OK);
}
API int cuDeviceGetAttribute(int *value, int attribute, int device) {
    BEGIN(0);
    long one = capability + visible[device] * 10 * (gpus > 1); /* each GPU is a generation later than the one before */
    *value = attribute == 75 ? (int)(one / 10) : attribute == 76 ? (int)(one % 10) : 1;
    return end(OK);
}
API int cuDeviceTotalMem_v2(size_t *bytes, int device) { (void)device; BEGIN(0); *bytes = (size_t)memory_limit; return end(OK); }
API int cuGetErrorString(int error, const char **text) {
    static const struct { int code; const char *text; } known[] = {
        {OK, "no error"}, {INVALID_VALUE, "invalid argument"}, {OUT_OF_MEMORY, "out of memory"},
        {NOT_INITIALIZED, "initialization error"}, {4, "driver shutting down"},
        {NO_DEVICE, "no CUDA-capable device is detected"}, {INVALID_DEVICE, "invalid device ordinal"},
        {INVALID_CONTEXT, "invalid device context"}, {INVALID_HANDLE, "invalid resource handle"},
        {NOT_READY, "device not ready"}, {ILLEGAL_ADDRESS, "an illegal memory access was encountered"},
        {719, "unspecified launch failure"}, {NOT_SUPPORTED, "operation not supported"},
        {803, "system has unsupported display driver / cuda driver combination"}, {999, "unknown error"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].code == error) { *text = known[i].text; return OK; }
    *text = NULL;
    return INVALID_VALUE;
}

/* ---- contexts ---- */

API int cuDevicePrimaryCtxRetain(void **context, int device) {
    BEGIN(0);
    if (device < 0 || device >= visible_count) return end(INVALID_DEVICE);
    if (!primary[device]) {
        primary[device] = calloc(1, sizeof(Context));
        primary[device]->gpu = device;
        primary[device]->next = contexts;
        contexts = primary[device];
    }
    primary[device]->users++;
    *context = primary[device];
    return end(OK);
}
API int cuDevicePrimaryCtxRelease_v2(int device) {
    BEGIN(0);
    if (!primary[device] || !primary[device]->users) return end(INVALID_CONTEXT);
    return end(--primary[device]->users ? OK : primary[device]->error);
}
API int cuCtxPushCurrent_v2(void *context) {
    BEGIN(0);
    if (!context || depth == 32) return end(INVALID_CONTEXT);
    stack[depth++] = context;
    return end(OK);
}
API int cuCtxPopCurrent_v2(void **context) {
    BEGIN(0);
    if (!depth) { fault("cuCtxPopCurrent_v2 without a context"); return end(INVALID_CONTEXT); }
    Context *popped = stack[--depth];
    if (context) *context = popped;
    return end(OK);
}
API int cuCtxDetach(void *context) { (void)context; BEGIN(0); return end(INVALID_CONTEXT); } /* not for primary ones */
API int cuCtxGetCurrent(void **context) { BEGIN(0); *context = current(); return end(OK); }
API int cuCtxGetDevice(int *device) { BEGIN(1); *device = current()->gpu; return end(OK); }
API int cuCtxSynchronize(void) { BEGIN(1); return end(finish(current())); }

/* ---- memory ---- */

static int allocate(size_t size, int pinned, void **address) {
    Context *context = current();
    if (!size) return INVALID_VALUE;
    if (!pinned && context->used + (long)size > memory_limit) return OUT_OF_MEMORY;
    Memory *m = calloc(1, sizeof *m);
    m->base = malloc(size);
    memset(m->base, 0xA5, size); /* nobody may rely on zeros */
    m->size = size, m->pinned = pinned, m->live = 1, m->context = context, m->next = memories;
    memories = m;
    if (!pinned) context->used += (long)size;
    *address = (void *)((uintptr_t)m->base | (pinned ? 0 : GPU_BIT));
    return OK;
}
static int release(const char *name, void *address, int pinned) {
    for (Memory *m = memories; m; m = m->next)
        if (m->live && m->pinned == pinned && ((uintptr_t)m->base | (pinned ? 0 : GPU_BIT)) == (uintptr_t)address) {
            check_pending(m);
            int error = finish(m->context);
            m->live = 0;
            if (!pinned) m->context->used -= (long)m->size;
            memset(m->base, 0x5A, m->size); /* the block itself stays, so that a late access hits nothing else */
            return error;
        }
    fault("%s of memory that does not exist or was freed before", name);
    return INVALID_VALUE;
}
API int cuMemAlloc_v2(void **address, size_t size) { BEGIN(1); return end(allocate(size, 0, address)); }
API int cuMemFree_v2(void *address) { BEGIN(1); return end(release("cuMemFree", address, 0)); }
API int cuMemHostAlloc(void **address, size_t size, unsigned flags) {
    (void)flags; BEGIN(1); return end(allocate(size, 1, address));
}
API int cuMemFreeHost(void *address) { BEGIN(1); return end(release("cuMemFreeHost", address, 1)); }
API int cuMemGetInfo_v2(size_t *unused, size_t *total) {
    BEGIN(1);
    *total = (size_t)memory_limit, *unused = (size_t)(memory_limit - current()->used);
    return end(OK);
}
API int cuMemcpyHtoDAsync_v2(void *to, const void *from, size_t size, void *stream) {
    BEGIN(1);
    STREAM(stream);
    int error = check_gpu(__func__, to, size);
    if (error) return end(error);
    Work work = {.kind = COPY_IN, .to = to, .from = (char *)from, .size = size};
    if (!find(from, size, 1)) { /* memory that is not pinned is read before the call returns */
        work.staged = malloc(size);
        memcpy(work.staged, from, size);
    } else work.sum = sum_of(from, size);
    return end(enqueue(s, work));
}
API int cuMemcpyDtoHAsync_v2(void *to, const void *from, size_t size, void *stream) {
    BEGIN(1);
    STREAM(stream);
    int error = check_gpu(__func__, from, size);
    if (error) return end(error);
    error = enqueue(s, (Work){.kind = COPY_OUT, .to = to, .from = (char *)from, .size = size});
    if (!error && !find(to, size, 1)) {
        error = complete(s, s->queued);
        reach(&waited_for, s->name, s->queued);
    }
    return end(error);
}

/* ---- streams and events ---- */

API int cuStreamCreate(void **stream, unsigned flags) {
    (void)flags;
    BEGIN(1);
    Stream *s = calloc(1, sizeof *s);
    s->context = current(), s->live = 1, s->name = streams_made++, s->next = streams;
    streams = s;
    *stream = s;
    return end(OK);
}
API int cuStreamDestroy_v2(void *stream) {
    BEGIN(1);
    STREAM(stream);
    int error = complete(s, s->queued);
    s->live = 0;
    reach(&waited_for, s->name, s->queued);
    return end(error);
}
API int cuStreamSynchronize(void *stream) {
    BEGIN(1);
    STREAM(stream);
    int error = complete(s, s->queued);
    if (s->ready > now) now = s->ready;
    reach(&waited_for, s->name, s->queued);
    return end(error);
}
API int cuStreamQuery(void *stream) { BEGIN(1); STREAM(stream); return end(s->done < s->queued ? NOT_READY : OK); }
API int cuStreamWaitEvent(void *stream, void *event, unsigned flags) {
    (void)flags;
    BEGIN(1);
    STREAM(stream);
    EVENT(event);
    if (e->time > s->ready) s->ready = e->time;
    learn(&s->past, &e->past);
    return end(enqueue(s, (Work){.kind = WAIT, .awaited = e->stream, .awaited_number = e->number}));
}
API int cuEventCreate(void **event, unsigned flags) {
    BEGIN(1);
    Event *e = calloc(1, sizeof *e);
    e->context = current(), e->live = 1, e->flags = flags, e->next = events;
    events = e;
    *event = e;
    return end(OK);
}
API int cuEventDestroy_v2(void *event) { BEGIN(1); EVENT(event); e->live = 0; return end(OK); }
API int cuEventRecord(void *event, void *stream) {
    BEGIN(1);
    STREAM(stream);
    EVENT(event);
    e->time = s->ready;
    int error = enqueue(s, (Work){.kind = RECORD});
    e->stream = s, e->number = s->queued, e->past = s->past;
    reach(&e->past, s->name, s->queued);
    return end(error);
}
API int cuEventSynchronize(void *event) {
    BEGIN(1);
    EVENT(event);
    int error = e->stream ? complete(e->stream, e->number) : OK;
    if (e->time > now) now = e->time;
    learn(&waited_for, &e->past);
    return end(error);
}
API int cuEventQuery(void *event) {
    BEGIN(1);
    EVENT(event);
    return end(e->stream && e->stream->done < e->number ? NOT_READY : OK);
}

/* ---- what the tests and the stand-in for TensorRT call ---- */

API int bench_launch(void *stream, void *crops, void *rows, int count, int bytes, int classes) {
    BEGIN(1);
    STREAM(stream);
    Work work = {.kind = KERNEL, .from = crops, .to = rows, .count = count, .bytes = bytes, .classes = classes};
    return end(enqueue(s, work));
}
API void bench_set(const char *name, long value) {
    struct { const char *name; long *place; } known[] = {
        {"lazy", &lazy}, {"gpus", &gpus}, {"capability", &capability}, {"memory", &memory_limit},
        {"init_error", &init_error}, {"version", &version}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(known[i].name, name)) { *known[i].place = value; return; }
    fprintf(stderr, "the test driver has no setting %s\n", name);
    abort();
}
API void bench_fail(const char *name, int code, int after, int sticky) {
    snprintf(failure.name, sizeof failure.name, "%s", name);
    failure.code = code, failure.after = after, failure.sticky = sticky;
}
API long bench_count(const char *name) {
    long count = 0;
    pthread_mutex_lock(&lock);
    if (!strcmp(name, "streams")) for (Stream *s = streams; s; s = s->next) count += s->live;
    if (!strcmp(name, "events")) for (Event *e = events; e; e = e->next) count += e->live;
    if (!strcmp(name, "pinned")) for (Memory *m = memories; m; m = m->next) count += m->live && m->pinned;
    if (!strcmp(name, "memory")) for (Memory *m = memories; m; m = m->next) count += m->live && !m->pinned;
    if (!strcmp(name, "contexts")) for (Context *c = contexts; c; c = c->next) count += c->users;
    if (!strcmp(name, "depth")) count = depth;
    pthread_mutex_unlock(&lock);
    return count;
}
API const char *bench_faults(void) { return faults; }
API void bench_forgive(void) { faults[0] = 0; }
API const char *bench_trace(void) { return trace; }
API int bench_device(void) { return current() ? current()->gpu : -1; }

/* Revive dead contexts, forget faults, objects and settings, as a restart of the process would. */
API void bench_reset(void) {
    pthread_mutex_lock(&lock);
    lazy = 0, gpus = 1, capability = 86, memory_limit = 1L << 30, init_error = 0, version = 13000;
    faults[0] = trace[0] = failure.name[0] = 0;
    initialised = now = streams_made = 0;
    memset(engines, 0, sizeof engines);
    memset(&waited_for, 0, sizeof waited_for);
    for (Access *a; (a = accesses);) accesses = a->next, free(a);
    for (Context *c = contexts; c; c = c->next) c->error = 0, c->used = 0;
    for (Stream *s = streams; s; s = s->next) s->live = 0;
    for (Event *e = events; e; e = e->next) e->live = 0;
    for (Memory *m = memories; m; m = m->next) m->live = 0;
    pthread_mutex_unlock(&lock);
}

__attribute__((constructor)) static void configure(void) {
    bench_reset();
    char text[512], *rest = text;
    snprintf(text, sizeof text, "%s", getenv("CUDA_BENCH") ? getenv("CUDA_BENCH") : "");
    for (char *part; (part = strsep(&rest, ","));) {
        char name[64];
        long value;
        int after = 0, sticky = 1, code;
        if (sscanf(part, "fail:%63[^:]:%d:%d:%d", name, &code, &after, &sticky) >= 2) bench_fail(name, code, after, sticky);
        else if (sscanf(part, "%63[^=]=%ld", name, &value) == 2) bench_set(name, value);
    }
}

#define UNUSED(name) \
    API int name(void) { pthread_mutex_lock(&lock); fault(#name " is not part of the test driver"); return end(NOT_SUPPORTED); }
#include "unused.h"
