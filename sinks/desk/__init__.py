"""The read model of the workbench in Redis: what the list, the counts and a case page need. Written by the worker `desk`, read by the web process."""
