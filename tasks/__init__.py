"""One Prefect task per stage. A task reads refs, calls `evenkeel`, stores the products and keeps the record.

Tasks pass refs and records, never frames. `stage` holds what all tasks share, `dashboard` what they show.
"""
