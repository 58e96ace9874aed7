package ondol.distributed;

/** What becomes of a network's buffers, as batch normalisation's running numbers, when each shard has made its own of them. */
public enum BufferMode {
    /** Those of the first shard with rows are everybody's, as in PyTorch, where rank 0's are. */
    FIRST,
    /** The mean over all shards with rows, added in their order; of what is not FLOAT32, those of the first such shard. */
    MEAN
}
