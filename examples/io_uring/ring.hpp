// SPDX-License-Identifier: BSL-1.0
// As much of io_uring as a server of connections needs: operations that go on until they are cancelled (multishot
// accept and receive), and one pool of buffers for whatever comes in, so that a silent connection has none.
#pragma once

#include <liburing.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "ehlo/base/instant.hpp"
#include "serve_options.hpp"

namespace serve {

/// Something that the kernel has done.
struct completion {
  std::uintptr_t id;        ///< which the operation was given
  int result;               ///< negative: an error of errno
  bool more;                ///< the operation goes on
  std::string_view octets;  ///< of a receive; they are there until the completion has been dealt with
};

class ring {
 public:
  /// Exit status 69: this machine does not have it.
  ring() {
    // DEFER_TASKRUN: completions come when we wait for them, and not in the middle of something. Linux 6.0 has only
    // SINGLE_ISSUER; an older one has neither, nor multishot receive.
    int error = io_uring_queue_init(entries, &ring_, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
    if (error == -EINVAL) error = io_uring_queue_init(entries, &ring_, IORING_SETUP_SINGLE_ISSUER);
    if (error == -EINVAL) fail(69, "io_uring: Linux 6.0 or later is needed");
    if (error < 0) fail(69, "io_uring: ", std::strerror(-error));
    if (error = provide_buffers(); error < 0) fail(69, "io_uring: no buffer ring: ", std::strerror(-error));
  }
  ring(ring const&) = delete;
  ring& operator=(ring const&) = delete;
  ~ring() {
    io_uring_queue_exit(&ring_);
    munmap(memory_, memory_size);
  }

  /// Completes with each new connection.
  void accept(std::uintptr_t id, int listener) {
    io_uring_sqe* const s = next();
    io_uring_prep_multishot_accept(s, listener, nullptr, nullptr, SOCK_CLOEXEC);
    s->user_data = id;
  }
  /// Completes with each piece of input, in order; -ENOBUFS: all buffers were full.
  void receive(std::uintptr_t id, int socket) {
    io_uring_sqe* const s = next();
    io_uring_prep_recv_multishot(s, socket, nullptr, 0, 0);
    io_uring_sqe_set_flags(s, IOSQE_BUFFER_SELECT);
    s->buf_group = pool;
    s->user_data = id;
  }
  /// The octets stay where they are until it completes.
  void send(std::uintptr_t id, int socket, std::string_view octets) {
    io_uring_sqe* const s = next();
    io_uring_prep_send(s, socket, octets.data(), octets.size(), MSG_NOSIGNAL);
    s->user_data = id;
  }
  /// Completes when there is something to read.
  void watch(std::uintptr_t id, int descriptor) {
    io_uring_sqe* const s = next();
    io_uring_prep_poll_add(s, descriptor, POLLIN);
    s->user_data = id;
  }
  /// The operation of this id completes for the last time. The completion of cancel() itself has the id 0.
  void cancel(std::uintptr_t id) {
    io_uring_sqe* const s = next();
    io_uring_prep_cancel64(s, id, 0);
    s->user_data = 0;
  }

  /// Begins what was asked for, in one system call, and waits until something completes, but no longer than `limit`
  /// milliseconds; -1: for ever.
  void wait(ehlo::milliseconds limit) {
    __kernel_timespec time{limit / 1000, limit % 1000 * 1'000'000};
    io_uring_cqe* first = nullptr;
    int const error = io_uring_submit_and_wait_timeout(&ring_, &first, 1, limit < 0 ? nullptr : &time, nullptr);
    if (error < 0 && error != -ETIME && error != -EINTR && error != -EAGAIN && error != -EBUSY)
      fail(1, "io_uring: ", std::strerror(-error));
  }
  /// Hands over what is there; what that begins may complete already, but it is the next call's.
  template <class Handler>
  void complete(Handler&& handle) {
    for (unsigned count = io_uring_cq_ready(&ring_); count != 0; --count) {
      io_uring_cqe* e = nullptr;
      if (io_uring_peek_cqe(&ring_, &e) != 0) return;
      io_uring_cqe const c = *e;
      io_uring_cqe_seen(&ring_, e);
      bool const has_buffer = (c.flags & IORING_CQE_F_BUFFER) != 0;
      auto const number = static_cast<unsigned short>(c.flags >> IORING_CQE_BUFFER_SHIFT);
      std::size_t const size = has_buffer && c.res > 0 ? static_cast<std::size_t>(c.res) : 0;
      handle(completion{c.user_data, c.res, (c.flags & IORING_CQE_F_MORE) != 0, {buffer(number), size}});
      if (has_buffer) provide(number);
    }
  }

 private:
  static constexpr unsigned entries = 128;
  static constexpr unsigned short pool = 1, buffers = 32;  // a power of two
  static constexpr unsigned buffer_size = 16384;
  static constexpr std::size_t head_size = 4096;  // a page, for the ring in which the buffers lie
  static constexpr std::size_t memory_size = head_size + std::size_t{buffers} * buffer_size;
  static_assert(buffers * sizeof(io_uring_buf) <= head_size);

  io_uring_sqe* next() {
    for (;;) {
      if (io_uring_sqe* const s = io_uring_get_sqe(&ring_)) return s;
      io_uring_submit(&ring_);
    }
  }

  int provide_buffers() {
    memory_ = mmap(nullptr, memory_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory_ == MAP_FAILED) return -errno;
    io_uring_buf_reg place{};
    place.ring_addr = reinterpret_cast<std::uintptr_t>(memory_);
    place.ring_entries = buffers;
    place.bgid = pool;
    int const error = io_uring_register_buf_ring(&ring_, &place, 0);
    if (error != 0) return error;
    io_uring_buf_ring_init(head());
    for (unsigned short i = 0; i != buffers; ++i) provide(i);
    return 0;
  }
  void provide(unsigned short number) {
    io_uring_buf_ring_add(head(), buffer(number), buffer_size, number, io_uring_buf_ring_mask(buffers), 0);
    io_uring_buf_ring_advance(head(), 1);
  }
  [[nodiscard]] io_uring_buf_ring* head() const { return static_cast<io_uring_buf_ring*>(memory_); }
  [[nodiscard]] char* buffer(unsigned short number) const {
    return static_cast<char*>(memory_) + head_size + std::size_t{number} * buffer_size;
  }

  io_uring ring_{};
  void* memory_ = nullptr;
};

}  // namespace serve
