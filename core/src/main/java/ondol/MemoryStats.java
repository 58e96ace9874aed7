package ondol;

/**
 * A device's memory as Ondol sees it, in bytes. Buffers so small that the Java garbage collector keeps them are not
 * counted.
 *
 * @param inUse held by tensors, or by unreachable ones that the garbage collector has not found yet
 * @param pooled kept for reuse
 * @param limit how much both may take together
 */
public record MemoryStats(long inUse, long pooled, long limit) {}
