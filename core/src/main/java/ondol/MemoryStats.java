package ondol;

/**
 * A device's memory as Ondol sees it, in bytes.
 *
 * @param inUse held by tensors, or by unreachable ones that the garbage collector has not found yet. On the CPU, tensors so
 *     small that they are left to the collector are not counted
 * @param pooled kept for reuse, by no tensor. On the CPU the collector takes it before the Java heap is full: then it is less
 *     or nothing the next time
 * @param limit how much both may take together: {@code -Dondol.memory.limit}, or 7/8 of what the device or the Java heap has
 */
public record MemoryStats(long inUse, long pooled, long limit) {}
