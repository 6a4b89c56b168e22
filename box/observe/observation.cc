#include "box/observe/observation.h"

#include <signal.h>
#include <unistd.h>

#include <new>

#include "box/observe/size_histogram.h"
#include "box/observe/trace_writer.h"
#include "core/platform.h"
#include "core/report.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

// All that observation needs, in one mapping that is made only when it is wanted.
class Observation : public Observer {
 public:
  explicit Observation(const Settings& settings)
      : Observer(&OnEvent, &OnFork), settings_(settings), trace_(settings.trace_file) {}

  void PrintHistogram() const { histogram_.Print(STDERR_FILENO); }

 private:
  static void OnEvent(Observer* observer, ObservedThread* thread, const Event& event) {
    Observation* const self = static_cast<Observation*>(observer);
    if (self->settings_.size_histogram != SizeHistogramMode::kOff) self->histogram_.Add(event);
    if (self->settings_.trace) self->trace_.Write(thread, event);
  }

  // A child tells of itself alone.
  static void OnFork(Observer* observer) {
    Observation* const self = static_cast<Observation*>(observer);
    self->histogram_.Clear();
    self->trace_.AfterFork(self->all_threads());
  }

  const Settings settings_;
  SizeHistogram histogram_;
  TraceWriter trace_;
};

void PrintHistogram() {
  const Observer* const observer = process.observer();
  if (observer != nullptr) static_cast<const Observation*>(observer)->PrintHistogram();
}

}  // namespace

void StartObservation(const Settings& settings) {
  if (settings.size_histogram == SizeHistogramMode::kOff && !settings.trace) return;
  void* const memory = platform::Map(RoundUp(sizeof(Observation), kPageBytes));
  if (memory == nullptr) {
    Line() << "no memory to observe with";
    return;
  }
  process.Observe(new (memory) Observation(settings));
  if (settings.size_histogram == SizeHistogramMode::kOnSignal) {
    platform::OnSignal(SIGUSR2, [](int) { PrintHistogram(); });
  }
}

void FinishObservation() {
  if (process.settings.size_histogram == SizeHistogramMode::kAtExit) PrintHistogram();
}

}  // namespace hakmem
