"""ATT&CK as facts, several versions side by side, and the crosswalk between them.

>>> from ttpline.attack.catalogue import load_catalogue
>>> load_catalogue("18").technique("T1003.008").full_name
'OS Credential Dumping: /etc/passwd and /etc/shadow'
>>> from ttpline.attack.crosswalk import crosswalk
>>> crosswalk("T1562.002", "18", "19").targets
('T1685.001',)
"""
