/*
 * NVIDIA's run-time compiler (libnvrtc.so.13) by g++: "cubin" and "PTX" are a shared object for the emulated driver, behind
 * eight bytes that say for which architecture it is.
 *
 * Behind the text, each kernel `KERNEL GROUP_SIZE(n) void name(parameters)` gets what the driver needs to run it: a
 * function that runs threads one after another, the size of its parameters, that of a group, and whether it has barriers.
 *
 * Options mean what they mean to NVRTC; without --fmad=false the result contracts as NVRTC's does. What is left out:
 * headers, other options.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SUCCESS = 0, INVALID_INPUT = 3, INVALID_PROGRAM = 4, INVALID_OPTION = 5, COMPILATION = 6, INTERNAL_ERROR = 11 };

static const int architectures[] = {75, 80, 86, 89, 90, 100, 120};
#define ARCHITECTURES ((int) (sizeof architectures / sizeof *architectures))

#define FLAGS "-O1 -std=c++17 -fno-fast-math -fno-math-errno -mfma -shared -fPIC -fno-semantic-interposition " \
    "-Wl,-Bsymbolic -nostdlib -w -x c++ -include '" KERNEL_HEADER "'"

typedef struct {
    char* bytes;
    size_t size;
} Bytes;

typedef struct {
    char *text, *name;
    char mark[8]; /* begins the code */
    Bytes code, log;
} Program;

static Bytes read_file(const char* name) {
    Bytes content = {0};
    FILE* file = fopen(name, "rb");
    if (file) {
        fseek(file, 0, SEEK_END);
        content.size = ftell(file);
        rewind(file);
        content.bytes = calloc(1, content.size + 1);
        content.size = fread(content.bytes, 1, content.size, file);
        fclose(file);
    }
    return content;
}

/* Writes what the driver needs of the kernel whose group size and so on begin at `at`. */
static void write_entry(FILE* file, const char* at) {
    int size = atoi(at);
    char name[128] = "";
    char parameters[4096] = "";
    if (sscanf(at, "%*d) void %127[A-Za-z0-9_](%4095[^)])", name, parameters) < 1) {
        return;
    }
    /* The parameters lie as the fields of a struct. */
    fprintf(file, "\nstruct Parameters {\n");
    for (char* c = parameters; *c; c++) {
        fputc(*c == ',' ? ';' : *c, file);
    }
    fprintf(file, "%s\n};\nextern \"C\" {\n", *parameters ? ";" : "");
    fprintf(file, "extern const unsigned size_%s = %d;\n", name, size);
    fprintf(file, "extern const int barriers_%s = %d;\n", name, strstr(at, "BARRIER()") != NULL);
    char* last = NULL;
    fprintf(file, "void threads_%s(const Parameters* p, unsigned first, unsigned end) {\n", name);
    fprintf(file, "    for (threadIdx.x = first; threadIdx.x < end; threadIdx.x++) {\n        %s(", name);
    for (char* part = strtok(parameters, ","); part; part = strtok(NULL, ",")) {
        fprintf(file, last ? ", " : "");
        last = part + strlen(part);
        while (last > part && (isalnum(last[-1]) || last[-1] == '_')) {
            last--;
        }
        fprintf(file, "p->%s", last);
    }
    fprintf(file, ");\n    }\n}\nextern const long parameters_%s = ", name);
    if (last) {
        fprintf(file, "__builtin_offsetof(Parameters, %s) + sizeof(Parameters::%s);\n}\n", last, last);
    } else {
        fprintf(file, "0;\n}\n");
    }
}

static int compile(Program* p, int contract) {
    char folder[512], command[4096], file[600];
    const char* temporary = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/nvrtcXXXXXX", temporary ? temporary : "/tmp");
    if (!mkdtemp(folder)) {
        return INTERNAL_ERROR;
    }
    snprintf(file, sizeof file, "%s/kernel.cu", folder);
    FILE* text = fopen(file, "w");
    fprintf(text, "#line 1 \"%s\"\n%s\n", p->name, p->text);
    static const char mark[] = "KERNEL GROUP_SIZE(";
    const char* at = strstr(p->text, mark);
    if (at) {
        write_entry(text, at + sizeof mark - 1);
    }
    fclose(text);
    snprintf(command, sizeof command, "cd '%s' && g++ %s -ffp-contract=%s -o kernel.so kernel.cu >log 2>&1", folder, FLAGS,
             contract ? "fast" : "off");
    int failed = system(command) != 0;
    snprintf(file, sizeof file, "%s/log", folder);
    p->log = read_file(file);
    p->log.size++; /* with the zero at its end, as NVRTC counts */
    unlink(file);
    snprintf(file, sizeof file, "%s/kernel.so", folder);
    p->code = read_file(file);
    unlink(file);
    snprintf(file, sizeof file, "%s/kernel.cu", folder);
    unlink(file);
    rmdir(folder);
    return failed ? COMPILATION : SUCCESS;
}

int nvrtcVersion(int* major, int* minor) {
    *major = 13;
    *minor = 0;
    return SUCCESS;
}

int nvrtcGetNumSupportedArchs(int* count) {
    *count = ARCHITECTURES;
    return SUCCESS;
}

int nvrtcGetSupportedArchs(int* list) {
    memcpy(list, architectures, sizeof architectures);
    return SUCCESS;
}

const char* nvrtcGetErrorString(int code) {
    switch (code) {
        case SUCCESS:
            return "NVRTC_SUCCESS";
        case INVALID_INPUT:
            return "NVRTC_ERROR_INVALID_INPUT";
        case INVALID_PROGRAM:
            return "NVRTC_ERROR_INVALID_PROGRAM";
        case INVALID_OPTION:
            return "NVRTC_ERROR_INVALID_OPTION";
        case COMPILATION:
            return "NVRTC_ERROR_COMPILATION";
        default:
            return "NVRTC_ERROR_INTERNAL_ERROR";
    }
}

int nvrtcCreateProgram(
        Program** result,
        const char* text,
        const char* name,
        int count,
        const char* const* headers,
        const char* const* includes) {
    if (!text || count || headers || includes) {
        return INVALID_INPUT;
    }
    Program* p = calloc(1, sizeof(Program));
    p->text = strdup(text);
    p->name = strdup(name ? name : "default_program");
    *result = p;
    return SUCCESS;
}

int nvrtcCompileProgram(Program* p, int count, const char* const* options) {
    int contract = 1;
    int architecture = 0;
    int virtual = 0;
    for (int i = 0; i < count; i++) {
        if (strcmp(options[i], "--fmad=false") == 0) {
            contract = 0;
        } else if (sscanf(options[i], "--gpu-architecture=sm_%d", &architecture) != 1
                   && sscanf(options[i], "--gpu-architecture=compute_%d", &virtual) != 1
                   && strcmp(options[i], "--prec-div=true") != 0 && strcmp(options[i], "--prec-sqrt=true") != 0
                   && strcmp(options[i], "--ftz=false") != 0) {
            return INVALID_OPTION;
        }
    }
    for (int i = 0; i < ARCHITECTURES; i++) {
        if (architectures[i] == architecture || architectures[i] == virtual) {
            snprintf(p->mark, sizeof p->mark, architecture ? "sm_%d" : "ptx_%d", architectures[i]);
            return compile(p, contract);
        }
    }
    return INVALID_OPTION;
}

static int get_size(Bytes* bytes, size_t* size) {
    *size = bytes->size;
    return SUCCESS;
}

static int get(Bytes* bytes, char* to) {
    memcpy(to, bytes->bytes, bytes->size);
    return SUCCESS;
}

static int get_code_size(Program* p, const char* kind, size_t* size) {
    *size = p->mark[0] == *kind ? sizeof p->mark + p->code.size : 0;
    return SUCCESS;
}

static int get_code(Program* p, const char* kind, char* to) {
    if (p->mark[0] != *kind) {
        return INVALID_PROGRAM;
    }
    memcpy(to, p->mark, sizeof p->mark);
    return get(&p->code, to + sizeof p->mark);
}

int nvrtcGetCUBINSize(Program* p, size_t* size) {
    return get_code_size(p, "sm", size);
}

int nvrtcGetCUBIN(Program* p, char* to) {
    return get_code(p, "sm", to);
}

int nvrtcGetProgramLogSize(Program* p, size_t* size) {
    return get_size(&p->log, size);
}

int nvrtcGetProgramLog(Program* p, char* to) {
    return get(&p->log, to);
}

int nvrtcGetPTXSize(Program* p, size_t* size) {
    return get_code_size(p, "ptx", size);
}

int nvrtcGetPTX(Program* p, char* to) {
    return get_code(p, "ptx", to);
}

int nvrtcDestroyProgram(Program** p) {
    free((*p)->text);
    free((*p)->name);
    free((*p)->code.bytes);
    free((*p)->log.bytes);
    free(*p);
    *p = NULL;
    return SUCCESS;
}
