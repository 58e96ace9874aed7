package ondol.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What NVIDIA's assembler makes of a kernel: its instructions, by what they do, and what they take of a multiprocessor. On
 * compute capability 9.0 an instruction is 16 bytes, whose lowest 12 bits are the operation; memory's width is in bits 73 to 75.
 * One that takes long names a barrier (bits 110 to 112), for which those that need its result wait (bits 116 to 121).
 *
 * @param registers of a thread
 * @param shared bytes of shared memory of a group
 * @param spilled bytes that go to memory because registers do not suffice
 * @param inFlight the most bytes that a thread has on their way from memory before it waits for any of them
 * @param counts instructions by operation
 * @param loops the same of each loop, inner and outer
 */
record MachineCode(
        int registers,
        int shared,
        int spilled,
        int inFlight,
        Map<String, Integer> counts,
        List<Map<String, Integer>> loops) {
    private static final Pattern FUNCTION = Pattern.compile("Compiling entry function '(\\w+)'");
    private static final Pattern SPILLED = Pattern.compile("(\\d+) bytes spill stores");
    private static final Pattern REGISTERS = Pattern.compile("Used (\\d+) registers");
    private static final Pattern SHARED = Pattern.compile("(\\d+) bytes smem");
    private static final int BYTES = 16;

    private static final int BARRIERS = 6;

    /** Where an instruction says which barrier it sets, and from where on for which it waits: in its upper half. */
    private static final int SETS = 110 - Long.SIZE;

    private static final int WAITS = 116 - Long.SIZE;

    private static final int OPERATION = 0xfff;
    private static final int BRANCH = 0x947;

    /** The predicate that an instruction depends on, above the operation: this one is no condition. */
    private static final int ALWAYS_BRANCH = 0x7000 | BRANCH;

    private static final int CONDITION = 0xffff;

    /** Bits of a load or store, as the instruction says it. */
    private static final int[] WIDTHS = {8, 8, 16, 16, 32, 64, 128, 128};

    /** Assembles a file of CUDA C++ for compute capability 9.0 with nvcc; each kernel by its name. */
    static Map<String, MachineCode> of(Path file) throws IOException, InterruptedException {
        Path cubin = file.resolveSibling(file.getFileName() + ".cubin");
        List<String> command = new ArrayList<>(List.of("nvcc", "-cubin", "-w", "-arch=sm_90", "-Xptxas", "-v"));
        command.addAll(Modules.STRICT);
        command.addAll(List.of("-o", cubin.toString(), file.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        Map<String, ByteBuffer> texts = texts(Files.readAllBytes(cubin));
        Map<String, MachineCode> codes = new TreeMap<>();
        String name = "";
        int spilled = 0;
        for (String line : output.lines().toList()) {
            Matcher function = FUNCTION.matcher(line);
            if (function.find()) {
                name = function.group(1);
            } else if (line.contains("bytes spill stores")) {
                spilled = number(SPILLED, line);
            } else if (line.contains("Used ")) {
                ByteBuffer text = texts.get(name);
                var counts = counts(text, 0, text.limit());
                codes.put(
                        name,
                        new MachineCode(
                                number(REGISTERS, line),
                                number(SHARED, line),
                                spilled,
                                inFlight(text),
                                counts,
                                loops(text)));
            }
        }
        return codes;
    }

    private static int number(Pattern pattern, String line) {
        Matcher matcher = pattern.matcher(line);
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
    }

    /** The sections ".text.NAME" of an ELF file. */
    private static Map<String, ByteBuffer> texts(byte[] file) {
        ByteBuffer elf = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        long sections = elf.getLong(40);
        int size = elf.getShort(58);
        int count = elf.getShort(60);
        int names = (int) elf.getLong((int) sections + elf.getShort(62) * size + 24);
        Map<String, ByteBuffer> texts = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            int section = (int) sections + i * size;
            int begin = names + elf.getInt(section);
            int end = begin;
            while (file[end] != 0) {
                end++;
            }
            String name = new String(file, begin, end - begin, StandardCharsets.US_ASCII);
            if (name.startsWith(".text.")) {
                int at = (int) elf.getLong(section + 24);
                texts.put(
                        name.substring(".text.".length()),
                        elf.slice(at, (int) elf.getLong(section + 32)).order(ByteOrder.LITTLE_ENDIAN));
            }
        }
        return texts;
    }

    /** What is between a branch and where it goes back to. One that goes to itself is the end of the text. */
    private static List<Map<String, Integer>> loops(ByteBuffer text) {
        List<Map<String, Integer>> loops = new ArrayList<>();
        for (int at = 0; at < text.limit(); at += BYTES) {
            long low = text.getLong(at);
            // Its distance in words, from the next instruction on: the lowest byte is in bits 16 to 23, the rest from
            // 34 on.
            long words = (low >> 34) << 8 | (low >> 16 & 0xff);
            long target = at + BYTES + words * Integer.BYTES;
            if ((low & OPERATION) == BRANCH && target >= 0 && target < at) {
                loops.add(counts(text, (int) target, at + BYTES));
            }
        }
        return loops;
    }

    /** As the text goes, but for what follows a branch that is always taken: that is reached from elsewhere. */
    private static int inFlight(ByteBuffer text) {
        int[] waiting = new int[BARRIERS];
        int most = 0;
        for (int at = 0; at < text.limit(); at += BYTES) {
            long high = text.getLong(at + Long.BYTES);
            for (int barrier = 0; barrier < BARRIERS; barrier++) {
                if ((high >> WAITS + barrier & 1) != 0) {
                    waiting[barrier] = 0;
                }
            }
            long low = text.getLong(at);
            if ((low & CONDITION) == ALWAYS_BRANCH) {
                Arrays.fill(waiting, 0);
            }
            String name = name(low, high);
            int sets = (int) (high >> SETS & 7);
            if (name.startsWith("LDG.") && sets < BARRIERS) {
                waiting[sets] += Integer.parseInt(name.substring("LDG.".length())) / Byte.SIZE;
                most = Math.max(most, Arrays.stream(waiting).sum());
            }
        }
        return most;
    }

    private static Map<String, Integer> counts(ByteBuffer text, int from, int to) {
        Map<String, Integer> counts = new TreeMap<>();
        for (int at = from; at < to; at += BYTES) {
            String name = name(text.getLong(at), text.getLong(at + Long.BYTES));
            if (!name.equals("NOP")) {
                counts.merge(name, 1, Integer::sum);
            }
        }
        return counts;
    }

    private static String name(long low, long high) {
        int operation = (int) (low & 0x1ff);
        int width = WIDTHS[(int) (high >> 9 & 7)];
        return switch ((int) (low & OPERATION)) {
            case 0x381, 0x981 -> "LDG." + width;
            case 0x386, 0x986 -> "STG." + width;
            case 0x984 -> "LDS." + width;
            case 0x388 -> "STS." + width;
            case 0x983, 0x383 -> "LDL";
            case 0x918 -> "NOP";
            case BRANCH -> "BRA";
            case 0x94d -> "EXIT";
            case 0xb1d -> "BAR";
            default ->
                switch (operation) {
                    case 0x023 -> "FFMA";
                    case 0x021 -> "FADD";
                    case 0x020 -> "FMUL";
                    case 0x009 -> "FMNMX";
                    case 0x00b -> "FSETP";
                    case 0x008 -> "FSEL";
                    case 0x189 -> "SHFL";
                    default -> "OTHER";
                };
        };
    }

    int count(String operation) {
        return counts.getOrDefault(operation, 0);
    }

    int all() {
        return all(counts);
    }

    static int all(Map<String, Integer> counts) {
        return counts.values().stream().mapToInt(i -> i).sum();
    }

    /** The loop that has most of an operation in proportion to its instructions; at least so many. */
    Map<String, Integer> loopOf(String operation, int least) {
        return loops.stream()
                .filter(loop -> loop.getOrDefault(operation, 0) >= least)
                .max(Comparator.comparingDouble(loop -> loop.get(operation) / (double) all(loop)))
                .orElse(Map.of());
    }
}
