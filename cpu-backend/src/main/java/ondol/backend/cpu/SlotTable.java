package ondol.backend.cpu;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import ondol.kernel.Type;

/** Hands out slots while a program is compiled; a slot that is no longer read is handed out again. */
final class SlotTable {
    private final List<Type> types = new ArrayList<>();
    private final List<Integer> registers = new ArrayList<>();
    private final int[] registerCounts = new int[Type.values().length];
    private final List<ArrayDeque<Integer>> free = new ArrayList<>();

    SlotTable() {
        for (int t = 0; t < registerCounts.length; t++) {
            free.add(new ArrayDeque<>());
        }
    }

    /** A new slot with a register. */
    int add(Type type) {
        types.add(type);
        registers.add(registerCounts[type.ordinal()]++);
        return types.size() - 1;
    }

    /** A new slot with one element that belongs to the frame. */
    int addLasting(Type type) {
        types.add(type);
        registers.add(Program.LASTING);
        return types.size() - 1;
    }

    /** A released slot, or a new one. */
    int take(Type type) {
        Integer slot = free.get(type.ordinal()).poll();
        return slot == null ? add(type) : slot;
    }

    /** Lets a slot be taken again. */
    void release(int slot) {
        free.get(types.get(slot).ordinal()).push(slot);
    }

    Type[] types() {
        return types.toArray(Type[]::new);
    }

    int[] registers() {
        return registers.stream().mapToInt(Integer::intValue).toArray();
    }

    /** The bytes that one element takes in all registers from slot {@code first} on. */
    int bytesFrom(int first) {
        int bytes = 0;
        for (int slot = first; slot < types.size(); slot++) {
            bytes +=
                    registers.get(slot) == Program.LASTING ? 0 : types.get(slot).bytes();
        }
        return bytes;
    }
}
