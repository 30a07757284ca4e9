"""Trainings on a user's own file that outlive the process which began them."""
