// Lifetime: callbacks that do nothing once their owner is gone.
//
// What is posted to the event loop, or answered by a server, may come after the object that waits for it was destroyed.
// A member Lifetime wraps such callbacks; they are dropped as soon as it is destroyed:
//
//   loop_.Post(lifetime_.Guard([this] { Pump(); }));
//
// Declared last, so that it ends first. Threads: the owner is destroyed, and guarded callbacks run, on the event loop.

#ifndef IDLEWARDEN_AGENT_CLOCK_LIFETIME_H_
#define IDLEWARDEN_AGENT_CLOCK_LIFETIME_H_

#include <memory>
#include <utility>

namespace idlewarden::agent {

class Lifetime {
 public:
  Lifetime() = default;
  Lifetime(const Lifetime&) = delete;
  Lifetime& operator=(const Lifetime&) = delete;

  // `callback` must return nothing. It may destroy the owner.
  template <typename Callback>
  auto Guard(Callback callback) const {
    return [token = std::weak_ptr<char>(token_), callback = std::move(callback)](auto&&... arguments) mutable {
      if (!token.expired()) callback(std::forward<decltype(arguments)>(arguments)...);
    };
  }

 private:
  std::shared_ptr<char> token_ = std::make_shared<char>();
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_CLOCK_LIFETIME_H_
