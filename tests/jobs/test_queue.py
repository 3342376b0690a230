"""The queue on disk."""

from jobdata import ask


def test_a_damaged_job_hides_no_other(queue):
    job = ask(queue)
    bad = queue.new_folder()
    (bad / "work.json").write_text("{")
    queue.new_folder()  # being made
    assert [other.id for other in queue.all()] == [job.id]
    queue.remove(job.id)  # still waiting: it stays
    assert len(queue.all()) == 1
