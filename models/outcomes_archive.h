#pragma once
#include "models/archive.h"
#include "models/study_result.h"

/// What studies find, as bytes and back (models/archive.h).
namespace muster {

template <class Archive>
void archive(Archive& a, Interval& i) {
  a(i.low, i.high);
}
template <class Archive>
void archive(Archive& a, Stats& s) {
  a(s.count, s.mean, s.sd, s.min, s.max, s.quantiles, s.mean_ci, s.p50_ci, s.p90_ci, s.p95_ci, s.p99_ci);
}
template <class Archive>
void archive(Archive& a, Share& s) {
  a(s.met, s.ci);
}
template <class Archive>
void archive(Archive& a, TargetResult& t) {
  a(t.target, t.share, t.verdict, t.achievable);
}
template <class Archive>
void archive(Archive& a, ObjectiveResult& o) {
  a(o.confidence, o.rto, o.rpo, o.mtpd, o.both, o.both_verdict);
}
template <class Archive>
void archive(Archive& a, StepWeight& w) {
  a(w.step, w.criticality, w.correlation);
}
template <class Archive>
void archive(Archive& a, CopyUse& c) {
  a(c.copy, c.chosen);
}
template <class Archive>
void archive(Archive& a, ServiceResult& s) {
  a(s.name, s.affected, s.rto, s.rpo, s.unrecovered, s.stood_down, s.lost_for_good, s.objective, s.steps, s.copies);
}
template <class Archive>
void archive(Archive& a, StepResult& s) {
  a(s.name, s.ran, s.start, s.wait, s.duration, s.finish, s.failed, s.replaced, s.weight, s.waits_for, s.duty);
}
template <class Archive>
void archive(Archive& a, RoleResult& r) {
  a(r.name, r.busy, r.waited_for);
}
/// Without its sensitivity, which is no part of studies.
template <class Archive>
void archive(Archive& a, OutageResult& o) {
  a(o.name, o.all_objectives, o.has_objectives, o.stood_down, o.stopped, o.services, o.steps, o.roles, o.recovery, o.work_recovery, o.plan_end, o.replications);
}
template <class Archive>
void archive(Archive& a, PairedDifference& d) {
  a(d.mean, d.p95, d.mean_ci, d.p95_ci);
}
template <class Archive>
void archive(Archive& a, ServiceDifference& d) {
  a(d.service, d.rto, d.rpo);
}
template <class Archive>
void archive(Archive& a, OutageDifference& d) {
  a(d.outage, d.services);
}
template <class Archive>
void archive(Archive& a, ServicePromise& p) {
  a(p.service, p.rto, p.rpo);
}
template <class Archive>
void archive(Archive& a, OutageOutcome& o) {
  a(o.result, o.loss, o.loss_ci, o.difference, o.loss_difference, o.promises);
}

}  // namespace muster
