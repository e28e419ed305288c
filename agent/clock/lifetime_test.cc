#include "agent/clock/lifetime.h"

#include <functional>
#include <optional>

#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

TEST(LifetimeTest, CallbacksRunWhileTheirOwnerLives) {
  int sum = 0;
  const Lifetime lifetime;
  const std::function<void(int)> add = lifetime.Guard([&](int number) { sum += number; });
  add(2);
  add(3);
  EXPECT_EQ(sum, 5);
}

TEST(LifetimeTest, AfterwardsTheyDoNothing) {
  int calls = 0;
  std::optional<Lifetime> lifetime(std::in_place);
  const std::function<void()> call = lifetime->Guard([&] { ++calls; });
  lifetime.reset();
  call();
  EXPECT_EQ(calls, 0);
}

TEST(LifetimeTest, ACallbackMayDestroyItsOwner) {
  std::optional<Lifetime> lifetime(std::in_place);
  const std::function<void()> end = lifetime->Guard([&] { lifetime.reset(); });
  end();
  EXPECT_FALSE(lifetime.has_value());
  end();
}

}  // namespace
}  // namespace idlewarden::agent
