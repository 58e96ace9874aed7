package ondol.distributed;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import ondol.distributed.Handshake.Kind;
import ondol.distributed.Handshake.Who;
import org.jspecify.annotations.Nullable;

/**
 * Where a worker is met before there is a group: it listens, tells its {@link #address} to whoever can tell it to the others, and joins
 * when it has been told all addresses.
 *
 * <pre>{@code
 * try (Rendezvous here = Rendezvous.open(options)) {
 *     List<InetSocketAddress> all = ... // everybody's here.address(), by rank
 *     ProcessGroup group = here.join(rank, all);
 * }
 * }</pre>
 *
 * <p>The group stays when this is closed.
 */
public final class Rendezvous implements AutoCloseable {
    /** How many of those who have connected may be asked who they are at once, and for how long. */
    private static final int GUESTS = 256;

    private static final Duration MANNERS = Duration.ofSeconds(10);
    private static final int SHOWN = 4;

    private final GroupOptions options;
    private final ServerSocketChannel server;
    private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
    private final ConcurrentLinkedQueue<String> refusals = new ConcurrentLinkedQueue<>();
    private final Semaphore guests = new Semaphore(GUESTS);

    private Rendezvous(GroupOptions options, InetSocketAddress at) {
        this.options = options;
        try {
            server = ServerSocketChannel.open();
        } catch (IOException e) {
            throw new ProcessGroupException(-1, "Rendezvous.open: no sockets here: " + e.getMessage(), e);
        }
        try {
            server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            server.bind(at, GUESTS);
        } catch (IOException e) {
            Heartbeats.quietly(server);
            throw new ProcessGroupException(
                    -1,
                    "Rendezvous.open: cannot listen at " + Addresses.text(at) + ": " + e.getMessage()
                            + "; give an address of this machine and a port that nobody has",
                    e);
        }
        Thread.ofPlatform().name("ondol-rendezvous").daemon().start(this::accept);
    }

    /**
     * Listens at {@link GroupOptions#bind}, at any free port.
     *
     * @param options the address to listen at, the secret and the times to wait
     * @return a listening worker, which the caller closes
     * @throws ProcessGroupException if it cannot
     */
    public static Rendezvous open(GroupOptions options) {
        Objects.requireNonNull(options, "Rendezvous.open: the options are null; give GroupOptions.of(secret)");
        return new Rendezvous(options, new InetSocketAddress(options.bind(), 0));
    }

    /** {@return where this worker listens; no one can connect to it if that is all addresses of the machine} */
    public InetSocketAddress address() {
        return new InetSocketAddress(options.bind(), server.socket().getLocalPort());
    }

    private void accept() {
        try {
            while (true) {
                guests.acquire();
                SocketChannel channel = server.accept();
                Thread.ofVirtual().name("ondol-handshake").start(() -> hear(channel));
            }
        } catch (IOException e) {
            // It is closed.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void hear(SocketChannel channel) {
        String from = "somebody";
        try {
            from = Addresses.text((InetSocketAddress) channel.getRemoteAddress());
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            arrivals.add(Handshake.accept(channel, options.secret(), Deadline.in(MANNERS)));
            if (!server.isOpen()) {
                dismiss();
            }
        } catch (IOException e) {
            Heartbeats.quietly(channel);
            if (refusals.size() < SHOWN) {
                refusals.add(from + ": " + e.getMessage());
            }
        } finally {
            guests.release();
        }
    }

    /**
     * Joins the group of the workers at some addresses; returns when all have come.
     *
     * @param rank this worker's place in the list
     * @param addresses where the workers listen, by rank, the same list everywhere
     * @return the group, which stays when this is closed
     * @throws IllegalArgumentException if there is no such place
     * @throws ProcessGroupException if the group does not come together within the {@link GroupOptions#timeout}
     */
    public ProcessGroup join(int rank, List<InetSocketAddress> addresses) {
        checkRank(rank, addresses.size());
        return join(rank, addresses, Deadline.in(options.timeout()));
    }

    private static void checkRank(int rank, int size) {
        if (rank < 0 || rank >= size) {
            throw new IllegalArgumentException("ProcessGroup: rank " + rank + " of " + size
                    + " workers; give 0 or more, and less than their number");
        }
    }

    private ProcessGroup join(int rank, List<InetSocketAddress> addresses, Deadline deadline) {
        int size = addresses.size();
        byte[] group = digest(addresses);
        @Nullable SocketChannel[] data = new SocketChannel[size];
        @Nullable SocketChannel[] control = new SocketChannel[size];
        boolean done = false;
        try {
            String mine = Addresses.text(addresses.get(rank));
            for (int other = 0; other < rank; other++) {
                data[other] = connect(addresses, other, new Who(Kind.DATA, rank, size, group, mine), deadline);
                control[other] = connect(addresses, other, new Who(Kind.CONTROL, rank, size, group, mine), deadline);
            }
            int missing = 2 * (size - 1 - rank);
            while (missing > 0) {
                Arrival arrival = next(deadline, () -> missing(rank, addresses, data, control));
                Who who = arrival.who();
                @Nullable SocketChannel[] of = who.kind() == Kind.DATA ? data : control;
                String fault = fault(who, rank, size, group);
                if (fault == null && of[who.rank()] != null) {
                    fault = "there are two workers of rank " + who.rank() + "; give each a rank of its own";
                }
                if (fault != null) {
                    arrival.refuse(fault);
                    throw new ProcessGroupException(
                            who.rank(), "ProcessGroup: rank " + who.rank() + " (" + who.address() + "): " + fault);
                }
                arrival.welcome("");
                of[who.rank()] = arrival.channel();
                missing--;
            }
            List<Peer> peers = new ArrayList<>();
            for (int other = 0; other < size; other++) {
                if (other != rank) {
                    peers.add(new Peer(
                            other,
                            addresses.get(other),
                            Objects.requireNonNull(data[other]),
                            Objects.requireNonNull(control[other])));
                }
            }
            ProcessGroup joined = new ProcessGroup(rank, addresses, peers, options);
            done = true;
            return joined;
        } catch (IOException e) {
            throw new ProcessGroupException(-1, "ProcessGroup: rank " + rank + " cannot join: " + e.getMessage(), e);
        } finally {
            for (int other = 0; !done && other < size; other++) {
                close(data[other]);
                close(control[other]);
            }
        }
    }

    private static void close(@Nullable SocketChannel channel) {
        if (channel != null) {
            Heartbeats.quietly(channel);
        }
    }

    private static @Nullable String fault(Who who, int rank, int size, byte[] group) {
        if (who.size() != size) {
            return "it was told of " + who.size() + " workers, and rank " + rank + " of " + size
                    + "; give all the same WORLD_SIZE";
        }
        if (who.kind() == Kind.INTRODUCE || who.rank() <= rank || who.rank() >= size) {
            return "it has no business with rank " + rank + "; give each worker a rank of its own";
        }
        return MessageDigest.isEqual(who.group(), group)
                ? null
                : "it was told other addresses than rank " + rank + "; give all the same list";
    }

    private static String missing(
            int rank,
            List<InetSocketAddress> addresses,
            @Nullable SocketChannel[] data,
            @Nullable SocketChannel[] control) {
        List<String> names = new ArrayList<>();
        for (int other = rank + 1; other < addresses.size(); other++) {
            if (data[other] == null || control[other] == null) {
                names.add(Peer.name(other, addresses.get(other)));
            }
        }
        return String.join(", ", names);
    }

    /** The next who comes; an error that says who has not, and who was refused, when it is too late. */
    private Arrival next(Deadline deadline, Supplier<String> missing) {
        while (!deadline.isOver()) {
            try {
                Arrival arrival = arrivals.poll(deadline.millisLeft(), TimeUnit.MILLISECONDS);
                if (arrival != null) {
                    return arrival;
                }
            } catch (SocketTimeoutException e) {
                break;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ProcessGroupException(-1, "ProcessGroup: interrupted while waiting for " + missing.get(), e);
            }
        }
        String refused =
                refusals.isEmpty() ? "" : "; refused were " + refusals.stream().collect(Collectors.joining(", "));
        throw new ProcessGroupException(
                -1,
                "ProcessGroup: within " + Heartbeats.seconds(options.timeout()) + " there did not come: "
                        + missing.get() + refused);
    }

    private SocketChannel connect(List<InetSocketAddress> addresses, int other, Who who, Deadline deadline) {
        Connection connection =
                connect(Peer.name(other, addresses.get(other)), other, addresses.get(other), who, deadline);
        return connection.channel;
    }

    private record Connection(SocketChannel channel, String answer) {}

    /** Connects, again and again until the other one is there. */
    private Connection connect(String name, int other, InetSocketAddress address, Who who, Deadline deadline) {
        long pause = 10;
        while (true) {
            SocketChannel channel = null;
            try {
                channel = SocketChannel.open();
                channel.socket().connect(address, deadline.millisLeft());
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                return new Connection(channel, Handshake.connect(channel, options.secret(), deadline, who));
            } catch (ConnectException e) { // it is not there yet
                close(channel);
                try {
                    Thread.sleep(Math.min(pause, deadline.millisLeft()));
                    pause = Math.min(500, 2 * pause);
                } catch (SocketTimeoutException late) {
                    throw new ProcessGroupException(
                            other,
                            "ProcessGroup: " + name + " is not there within " + Heartbeats.seconds(options.timeout())
                                    + ": " + e.getMessage(),
                            e);
                } catch (InterruptedException interrupt) {
                    Thread.currentThread().interrupt();
                    throw new ProcessGroupException(
                            other, "ProcessGroup: interrupted while waiting for " + name, interrupt);
                }
            } catch (IOException e) {
                close(channel);
                throw new ProcessGroupException(
                        other,
                        "ProcessGroup: " + name + ", asked by rank " + who.rank() + ", has not let it in: "
                                + e.getMessage(),
                        e);
            }
        }
    }

    private static byte[] digest(List<InetSocketAddress> addresses) {
        String text = addresses.stream().map(Addresses::text).collect(Collectors.joining("\n"));
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    // ---- meeting at rank 0

    static ProcessGroup meet(int rank, int size, InetSocketAddress master, GroupOptions options) {
        Objects.requireNonNull(master, "ProcessGroup.join: the address is null; give rank 0's");
        Objects.requireNonNull(options, "ProcessGroup.join: the options are null; give GroupOptions.of(secret)");
        checkRank(rank, size);
        Deadline deadline = Deadline.in(options.timeout());
        if (rank == 0) {
            try (Rendezvous here = new Rendezvous(options, master)) {
                return here.join(0, here.introduceAll(size, here.at(master), deadline), deadline);
            }
        }
        try (Rendezvous here = open(options)) {
            Who who = new Who(Kind.INTRODUCE, rank, size, new byte[Handshake.PROOF], Addresses.text(here.address()));
            Connection introduction = here.connect(Peer.name(0, master), 0, master, who, deadline);
            close(introduction.channel);
            List<InetSocketAddress> all =
                    introduction.answer.lines().map(Addresses::parse).toList();
            return here.join(rank, all, deadline);
        }
    }

    /** Rank 0's address, whose port may have been 0. */
    private InetSocketAddress at(InetSocketAddress master) {
        return new InetSocketAddress(master.getAddress(), server.socket().getLocalPort());
    }

    private List<InetSocketAddress> introduceAll(int size, InetSocketAddress mine, Deadline deadline) {
        @Nullable Arrival[] all = new Arrival[size];
        String fault = "rank 0 has given up";
        boolean done = false;
        try {
            for (int here = 1; here < size; here++) {
                Arrival arrival = next(deadline, () -> unknown(all));
                Who who = arrival.who();
                String wrong = null;
                if (who.size() != size) {
                    wrong = "it was told of " + who.size() + " workers, and rank 0 of " + size
                            + "; give all the same WORLD_SIZE";
                } else if (who.kind() != Kind.INTRODUCE || who.rank() < 1 || who.rank() >= size) {
                    wrong = "it has no business with rank 0 yet; give each worker a rank of its own";
                } else if (all[who.rank()] != null) {
                    wrong = "there are two workers of rank " + who.rank() + "; give each a rank of its own";
                }
                if (wrong != null) {
                    fault = "rank " + who.rank() + " (" + who.address() + "): " + wrong;
                    arrival.refuse(fault);
                    throw new ProcessGroupException(who.rank(), "ProcessGroup: " + fault);
                }
                all[who.rank()] = arrival;
            }
            List<InetSocketAddress> addresses = new ArrayList<>();
            addresses.add(mine);
            for (int other = 1; other < size; other++) {
                addresses.add(
                        Addresses.parse(Objects.requireNonNull(all[other]).who().address()));
            }
            String text = addresses.stream().map(Addresses::text).collect(Collectors.joining("\n"));
            for (int other = 1; other < size; other++) {
                Objects.requireNonNull(all[other]).welcome(text);
            }
            done = true;
            return addresses;
        } catch (IOException e) {
            throw new ProcessGroupException(-1, "ProcessGroup: rank 0 cannot tell the addresses: " + e.getMessage(), e);
        } catch (ProcessGroupException e) {
            fault = String.valueOf(e.getMessage());
            throw e;
        } finally {
            for (Arrival arrival : all) {
                if (arrival != null && !done) {
                    arrival.refuse(fault);
                } else if (arrival != null) {
                    close(arrival.channel());
                }
            }
        }
    }

    private static String unknown(@Nullable Arrival[] all) {
        List<String> names = new ArrayList<>();
        for (int other = 1; other < all.length; other++) {
            if (all[other] == null) {
                names.add("rank " + other);
            }
        }
        return String.join(", ", names);
    }

    /** Listens no longer. */
    @Override
    public void close() {
        Heartbeats.quietly(server);
        dismiss();
    }

    private void dismiss() {
        for (Arrival arrival = arrivals.poll(); arrival != null; arrival = arrivals.poll()) {
            arrival.refuse("this worker has its group already, or has given up");
        }
    }
}
